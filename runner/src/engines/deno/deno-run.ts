import type { OutgoingCall, Span } from '@cofferdam/protocol';
import { now } from '../../clock.ts';
import type { CompiledSource, Job, Outcome } from '../engine.ts';
import { readAnswer } from './answer.ts';
import type { DenoProcess } from './deno-process.ts';
import { brokenProtocol, endingOfDeath, limitEnding, type Ending } from './ending.ts';
import { Fetches } from './fetches.ts';
import { LogSink, MAX_LOG_LINES } from './log-sink.ts';
import { Traffic } from './traffic.ts';
import { ProcessWatch, type Usage } from './watch.ts';

/** Beyond the wall time, which ends the run first: the call's own deadline never speaks. */
const DEADLINE_SLACK_MS = 10_000;
/** A process whose channel has ended is ended itself if it has not by then. */
const DEATH_MS = 250;

/** One run in one process, from its source to its ending. The first ending counts. */
export class DenoRun {
  readonly #process: DenoProcess;
  readonly #job: Job;
  readonly #logs: LogSink;
  readonly #traffic: Traffic;
  readonly #fetches: Fetches;
  readonly #ending = Promise.withResolvers<Ending>();
  #resultBytes = 0;

  constructor(process: DenoProcess, job: Job) {
    const { limits } = job.request;
    this.#process = process;
    this.#job = job;
    this.#logs = new LogSink(limits.outputBytes, job.onLog);
    this.#traffic = new Traffic(limits.outputBytes, MAX_LOG_LINES);
    this.#fetches = new Fetches({
      limits,
      traffic: this.#traffic,
      openFetch: (start) => job.openFetch(start),
      onBreach: (ending) => this.#end(ending),
    });
  }

  /** Runs the source to its end; the process has been killed when this settles. */
  async execute(
    source: CompiledSource,
  ): Promise<Omit<Outcome, 'spans' | 'warm'> & { spans: Span[] }> {
    const { limits } = this.#job.request;
    const began = now();
    const watch = this.#watch();
    const timer = setTimeout(() => {
      this.#end(limitEnding('WallTime', `The script was not done after ${limits.wallTimeMs} ms`));
    }, limits.wallTimeMs);
    const onAbort = () => this.#end(cancelled());
    this.#job.signal.addEventListener('abort', onAbort, { once: true });
    if (this.#job.signal.aborted) onAbort();
    this.#start(source);
    const ending = await this.#ending.promise;
    const usage = watch.stop();
    this.#process.kill();
    clearTimeout(timer);
    this.#job.signal.removeEventListener('abort', onAbort);
    return this.#outcome(ending, usage, began);
  }

  #watch(): ProcessWatch {
    const { pid } = this.#process;
    this.#process.onFetch = (call) => this.#fetches.serve(call);
    this.#process.onOutput = (bytes) => {
      this.#traffic.received += bytes;
      if (this.#traffic.isFlood) this.#end(brokenProtocol());
    };
    return new ProcessWatch(pid, {
      limits: this.#job.request.limits,
      piped: () => this.#traffic.received,
      onBreach: (ending) => this.#end(ending),
    });
  }

  #start(source: CompiledSource): void {
    const { input, env, limits } = this.#job.request;
    const texts = [source.code, input, env].map((text) =>
      text === undefined ? undefined : Buffer.from(text),
    );
    const header = {
      form: source.form,
      fileName: source.fileName,
      codeBytes: texts[0]?.byteLength,
      inputBytes: texts[1]?.byteLength,
      envBytes: texts[2]?.byteLength,
      outputBytes: limits.outputBytes,
      maxPieceBytes: limits.bridgePayloadBytes,
    };
    const call = this.#process.channel.call('run', header, {
      deadlineMs: limits.wallTimeMs + DEADLINE_SLACK_MS,
      onEvent: (event) => this.#logs.take(event),
    });
    void this.#send(call, texts);
    void this.#receive(call, source);
  }

  async #send(call: OutgoingCall, texts: (Buffer | undefined)[]): Promise<void> {
    try {
      for (const text of texts) if (text) await call.write(text);
    } catch {
      // The call has ended, which its answer tells better.
    }
  }

  async #receive(call: OutgoingCall, { fileName }: CompiledSource): Promise<void> {
    const { outputBytes } = this.#job.request.limits;
    try {
      this.#end(await readAnswer(call, { outputBytes, fileName }));
    } catch {
      this.#end(await this.#death());
    }
  }

  /** Why the channel ended without an answer: the process died, or said what it may not. */
  async #death(): Promise<Ending> {
    const { channel, exited, memoryBytes } = this.#process;
    const timer = setTimeout(() => this.#end(brokenProtocol()), DEATH_MS);
    const violation = await Promise.race([channel.closed, exited.then(() => undefined)]);
    if (violation?.code === 'PROTOCOL_VIOLATION') this.#end(brokenProtocol());
    const exit = await exited;
    clearTimeout(timer);
    return endingOfDeath({ ...exit, stderr: this.#process.stderrTail, memoryBytes });
  }

  #end(ending: Ending): void {
    this.#ending.resolve(ending);
  }

  #outcome(ending: Ending, usage: Usage, began: number) {
    const { value, exports } = ending;
    this.#resultBytes = Buffer.byteLength(value ?? '') + Buffer.byteLength(exports ?? '');
    const execute: Span = {
      name: 'execute',
      start: began,
      end: now(),
      parent: -1,
      attributes: {
        'cofferdam.cpu_time_ms': usage.cpuTimeMs,
        'cofferdam.bridge_calls': this.#fetches.calls,
      },
    };
    return {
      ...ending,
      logs: this.#logs.lines,
      logsCut: this.#logs.isCut,
      cpuTimeMs: usage.cpuTimeMs,
      memoryBytes: usage.memoryBytes,
      bridgeCalls: this.#fetches.calls,
      outputBytes: this.#logs.bytes + this.#resultBytes,
      attempts: 1 as const,
      spans: [execute, ...this.#fetches.spans],
    };
  }
}

function cancelled(): Ending {
  return limitEnding('Cancelled', 'The run was cancelled');
}
