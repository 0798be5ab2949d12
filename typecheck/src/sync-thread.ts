import { workerData, type MessagePort } from 'node:worker_threads';
import { CofferdamError } from '@cofferdam/protocol';
import type { TypecheckRequest } from './request.ts';
import type { SyncAnswer } from './sync.ts';
import { createTypechecker } from './typechecker.ts';

const { port, flag } = workerData as { port: MessagePort; flag: Int32Array };
const checker = createTypechecker();

async function answerTo(request: TypecheckRequest): Promise<SyncAnswer> {
  try {
    return { result: await checker.check(request) };
  } catch (error) {
    return { error: CofferdamError.from(error).toWire() };
  }
}

port.on('message', (request: TypecheckRequest) => {
  void answerTo(request).then((answer) => {
    port.postMessage(answer);
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  });
});
