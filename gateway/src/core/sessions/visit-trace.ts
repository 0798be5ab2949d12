import { CofferdamError, exitOfCode } from '@cofferdam/protocol';
import {
  formatTraceparent,
  newSpanId,
  newTraceIds,
  type FinishedSpan,
  type Telemetry,
  type TraceIds,
} from '@cofferdam/telemetry';
import { spansOfUse, type Use } from '../egress/use.ts';
import type { SessionOutcome } from './session-eval.ts';
import type { GatewaySession } from './session.ts';

export interface VisitTraceOptions {
  telemetry: Pick<Telemetry, 'exporting' | 'recordRun'>;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** W3C trace context of the caller. */
  traceparent: string | undefined;
}

type Ending = Partial<Pick<SessionOutcome, 'exitReason' | 'error' | 'logs'>>;

/** One having of a session over HTTP as a trace: a `run`, with what was asked of the way out. */
export class VisitTrace {
  readonly #options: VisitTraceOptions;
  readonly #ids: TraceIds;
  readonly #arrived: number;
  #ready: number | undefined;
  #session: GatewaySession | undefined;
  #use: Use | undefined;

  constructor(options: VisitTraceOptions) {
    this.#options = options;
    this.#ids = newTraceIds(options.traceparent);
    this.#arrived = options.now();
  }

  get traceparent(): string {
    const { traceId, spanId, sampled } = this.#ids;
    return formatTraceparent(traceId, spanId, sampled);
  }

  /** Which session it is of. */
  begun(session: GatewaySession): void {
    this.#session = session;
    this.#ready = this.#options.now();
  }

  /** What its ticket was used for. */
  used(use: Use | undefined): void {
    this.#use = use;
  }

  /** It is over; `error` is what broke it off. */
  end({ exitReason = 'Completed', error, logs = [] }: Ending, brokenBy?: unknown): void {
    const { telemetry } = this.#options;
    const session = this.#session;
    if (!telemetry.exporting || !this.#ids.sampled || !session) return;
    const broken = brokenBy === undefined ? undefined : CofferdamError.from(brokenBy);
    const failure = messageOf(broken, error);
    const spans = this.#spans(failure);
    setImmediate(() =>
      telemetry.recordRun({
        ...{ runId: session.id, traceId: this.#ids.traceId, sampled: true },
        ...{ tenant: session.tenant, name: 'session', trigger: 'http' },
        ...{ engine: 'isolate', preset: 'web', spans, logs },
        exitReason: broken ? exitOfCode(broken.code) : exitReason,
        ...(failure === undefined ? {} : { error: failure }),
        warm: true,
        maxMemory: session.plan.spec.memoryBytes,
      }),
    );
  }

  #spans(error: string | undefined): FinishedSpan[] {
    const { spanId, parentSpanId } = this.#ids;
    const end = this.#options.now();
    const root: FinishedSpan = {
      ...{ spanId, name: 'run', start: this.#arrived, end },
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      ...(error === undefined ? {} : { error }),
    };
    const execute: FinishedSpan = {
      ...{ spanId: newSpanId(), parentSpanId: spanId, name: 'execute' },
      ...{ start: this.#ready ?? end, end },
    };
    return [root, execute, ...(this.#use ? spansOfUse(this.#use, execute) : [])];
  }
}

function messageOf(broken: CofferdamError | undefined, error: Ending['error']) {
  const message = broken?.message ?? (error && `${error.name}: ${error.message}`);
  return message?.slice(0, 512);
}
