import { randomUUID } from 'node:crypto';
import type { Channel, RuntimeSpec } from '@cofferdam/protocol';
import type { Compiler } from '../../compiler/client.ts';
import { KeptRuntime } from '../kept-runtime.ts';
import type { ProcessPool } from '../process-pool.ts';
import { SourcePositions } from '../source-positions.ts';
import { PrefixFailure } from './prefix-failure.ts';
import type { PrefixSource } from './prefix-source.ts';
import { RunPort } from './run-port.ts';

/** Whose isolates these are, and where they are made. */
export interface IsolatePlace {
  /** The connection that they belong to. */
  owner: object;
  pool: ProcessPool;
  compiler: Compiler;
  channel: () => Channel;
}

/** What an isolate takes beside its heap: V8's own structures, stacks and code. */
const OVERHEAD_BYTES = 3 * 1024 * 1024;
/** CPU time of a run is counted as a whole, and that of a prefix is within its time. */
const NO_STRETCH_MS = 600_000;
/** Another guest may end the process in which one is being made. */
const TRIES = 2;

/** An isolate that has evaluated a prefix and waits for the one run that it is for. */
export class PreparedIsolate {
  readonly runtime: KeptRuntime;
  readonly port: RunPort;
  readonly memoryBytes: number;
  /** What it holds, about. */
  readonly bytes: number;

  constructor(parts: { runtime: KeptRuntime; port: RunPort; heapBytes: number }) {
    this.runtime = parts.runtime;
    this.port = parts.port;
    this.memoryBytes = parts.runtime.memoryBytes;
    this.bytes = parts.heapBytes + OVERHEAD_BYTES;
  }

  dispose(): void {
    this.port.dispose();
  }
}

/** Makes an isolate and evaluates the prefix in it. Throws `PrefixFailure`. */
export async function prepareIsolate(
  place: IsolatePlace,
  source: PrefixSource,
  memoryBytes: number,
): Promise<PreparedIsolate> {
  for (let tries = 1; ; tries++) {
    // eslint-disable-next-line no-await-in-loop -- a second try only after the first
    const made = await prepareOnce(place, source, memoryBytes);
    if (made instanceof PreparedIsolate) return made;
    if (made.exitReason !== 'Neighbour' || tries === TRIES) throw made;
  }
}

async function prepareOnce(
  { owner, pool, compiler, channel }: IsolatePlace,
  source: PrefixSource,
  memoryBytes: number,
): Promise<PreparedIsolate | PrefixFailure> {
  const process = pool.take(owner);
  const port = new RunPort();
  const runtime = new KeptRuntime({
    ...{ runtimeId: randomUUID(), spec: specOf(source, memoryBytes), process, compiler, channel },
    prefix: source,
  });
  try {
    await source.deliver(process);
  } catch {
    pool.release(owner, process);
    return new PrefixFailure('Neighbour', lost());
  }
  const opened = Promise.withResolvers<number>();
  const over = runtime
    .live(port, (event) => opened.resolve(heapBytesOf(event)))
    .finally(() => pool.release(owner, process));
  over.catch(() => {});
  const heapBytes = await Promise.race([opened.promise, over.then(() => undefined)]);
  if (heapBytes !== undefined) return new PreparedIsolate({ runtime, port, heapBytes });
  port.dispose();
  return failureOf(runtime, source);
}

function specOf({ spec }: PrefixSource, memoryBytes: number): RuntimeSpec {
  return {
    preset: spec.preset,
    memoryBytes,
    evalTimeMs: NO_STRETCH_MS,
    stretchTimeMs: NO_STRETCH_MS,
    cwd: '/',
    bindings: {
      console: true,
      fetch: spec.fetch,
      files: false,
      modules: false,
      tools: spec.functions,
    },
  };
}

/** What a process says is not to be trusted: it says a number, or it says nothing. */
function heapBytesOf(event: unknown): number {
  const { heapBytes } = Object(event) as { heapBytes?: unknown };
  return typeof heapBytes === 'number' && heapBytes >= 0 ? heapBytes : 0;
}

function failureOf({ ending, failure }: KeptRuntime, source: PrefixSource): PrefixFailure {
  const { exitReason, message } = ending!;
  const reason = exitReason === 'Completed' ? 'EngineCrash' : exitReason;
  if (!failure) return new PrefixFailure(reason, { name: nameOf(reason), message });
  const positions = new SourcePositions();
  source.note(positions);
  return new PrefixFailure(reason, positions.authors(failure));
}

function nameOf(reason: PrefixFailure['exitReason']): string {
  return reason === 'Exception' ? 'Error' : 'LimitError';
}

function lost() {
  return { name: 'Error', message: 'The process that was to evaluate the prefix has ended' };
}
