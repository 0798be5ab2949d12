import type { ExitReason, LogLine, ResolvedScript } from '@cofferdam/protocol';
import { CofferdamError, exitOfCode } from '@cofferdam/protocol';
import {
  formatTraceparent,
  newSpanId,
  newTraceIds,
  type FinishedSpan,
  type Telemetry,
  type TraceIds,
} from '@cofferdam/telemetry';

export interface RequestTraceOptions {
  telemetry: Telemetry;
  script: ResolvedScript;
  requestId: string;
  method: string;
  traceparent: string | undefined;
  now: () => number;
}

/** One request of a server as a trace: a `run`, with where its time went. */
export class RequestTrace {
  readonly ids: TraceIds;
  readonly #options: RequestTraceOptions;
  readonly #arrived: number;
  #placed: number | undefined;
  #answered: number | undefined;

  constructor(options: RequestTraceOptions) {
    this.#options = options;
    this.ids = newTraceIds(options.traceparent);
    this.#arrived = options.now();
  }

  /** What the server is told of it. */
  get traceparent(): string {
    return formatTraceparent(this.ids.traceId, this.ids.spanId, this.ids.sampled);
  }

  /** It has an instance. */
  placed(): void {
    this.#placed = this.#options.now();
  }

  /** Its head is here. */
  answered(): void {
    this.#answered = this.#options.now();
  }

  /** It is over; `status` is that of the server's answer. */
  end({ status, error, logs }: { status?: number; error?: unknown; logs: LogLine[] }): void {
    const { telemetry, script, requestId } = this.#options;
    if (!telemetry.exporting || !this.ids.sampled) return;
    const failure = error === undefined ? undefined : CofferdamError.from(error);
    const spans = this.#spans(status, failure?.message.slice(0, 512));
    const { namespace, name, limits } = script;
    setImmediate(() =>
      telemetry.recordRun({
        ...{ runId: requestId, traceId: this.ids.traceId, sampled: true },
        ...{ tenant: namespace, namespace, name, trigger: 'http' },
        ...{ engine: 'isolate', preset: 'web', spans, logs },
        exitReason: failure ? exitOf(failure) : 'Completed',
        ...(failure ? { error: failure.message.slice(0, 512) } : {}),
        warm: true,
        maxMemory: limits.memoryBytes,
      }),
    );
  }

  #spans(status: number | undefined, error: string | undefined): FinishedSpan[] {
    const { ids } = this;
    const end = this.#options.now();
    const root: FinishedSpan = {
      ...{ spanId: ids.spanId, name: 'run', start: this.#arrived, end },
      ...(ids.parentSpanId === undefined ? {} : { parentSpanId: ids.parentSpanId }),
      ...(error === undefined ? {} : { error }),
      attributes: {
        'http.request.method': this.#options.method,
        ...(status === undefined ? {} : { 'http.response.status_code': status }),
      },
    };
    const child = (name: FinishedSpan['name'], parent: FinishedSpan, from: number, to: number) => ({
      ...{ spanId: newSpanId(), parentSpanId: parent.spanId, name },
      ...{ start: from, end: to },
    });
    const placed = this.#placed ?? end;
    const dispatch = child('dispatch', root, placed, end);
    return [
      root,
      child('queue', root, this.#arrived, placed),
      dispatch,
      child('execute', dispatch, placed, this.#answered ?? end),
    ];
  }
}

/** A server's own codes are no run's. */
function exitOf({ code }: CofferdamError): ExitReason {
  if (code === 'SERVER_TIMEOUT') return 'WallTime';
  if (code === 'SERVER_FAILED') return 'Exception';
  return exitOfCode(code);
}
