import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
} from 'node:worker_threads';
import { CofferdamError } from '@cofferdam/protocol';
import { readRequest, type TypecheckRequest } from './request.ts';
import type { TypecheckResult } from './result.ts';

/** What the thread answers: a result, or an error as it crosses a boundary. */
export type SyncAnswer = { result: TypecheckResult } | { error: object };

/** Two attempts of 10 s each, and the start of a thread. */
const GIVE_UP_MS = 30_000;

/** The thread whose loop goes on while this one waits: it starts, watches and kills the checker. */
class SyncThread {
  readonly #flag = new Int32Array(new SharedArrayBuffer(4));
  readonly #port: MessagePort;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL('./sync-thread.ts', import.meta.url), {
      workerData: { port: port2, flag: this.#flag },
      transferList: [port2],
    });
    worker.unref();
    port1.unref();
    this.#port = port1;
  }

  ask(request: TypecheckRequest): SyncAnswer | undefined {
    Atomics.store(this.#flag, 0, 0);
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
    this.#port.postMessage(request);
    Atomics.wait(this.#flag, 0, 0, GIVE_UP_MS);
    return (receiveMessageOnPort(this.#port) as { message: SyncAnswer } | undefined)?.message;
  }
}

let thread: SyncThread | undefined;

/**
 * Checks one source and waits for it, for scripts and editors; nothing of the source is executed. It
 * blocks the calling thread: 200 ms the first time, some 10 ms later on, 10 s at most. A server uses
 * `createTypechecker`. Throws `INVALID_INPUT`, `CODE_TOO_LARGE`, `TYPECHECK_EXCEEDED`, `UNAVAILABLE`.
 */
export function typecheck(request: TypecheckRequest): TypecheckResult {
  const checked = readRequest(request);
  thread ??= new SyncThread();
  const answer = thread.ask(checked);
  if (answer === undefined) {
    // An answer that comes late would be taken for the next one's.
    thread = undefined;
    throw new CofferdamError('UNAVAILABLE', 'The type checker did not answer.');
  }
  if ('error' in answer) throw CofferdamError.fromWire(answer.error);
  return answer.result;
}
