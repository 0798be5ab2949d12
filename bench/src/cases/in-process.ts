import { createContext, Script } from 'node:vm';
import ivm from 'isolated-vm';
import type { Contender } from '../contender.ts';
import { BODY, checkResult, INPUT } from '../workload.ts';

const nothing = async () => {};

/** A new isolate, context, evaluation and dispose in this process. */
export function bareIsolatedVm(): Contender {
  return {
    name: 'isolated-vm, in process',
    about: 'new Isolate, createContext, evalClosure, dispose; asynchronous calls',
    samples: 800,
    stop: nothing,
    once: async () => {
      const isolate = new ivm.Isolate({ memoryLimit: 64 });
      try {
        const context = await isolate.createContext();
        const result: unknown = await context.evalClosure(
          `return (async (input) => { ${BODY} })($0)`,
          [INPUT],
          { arguments: { copy: true }, result: { promise: true, copy: true }, timeout: 5000 },
        );
        checkResult(result);
      } finally {
        isolate.dispose();
      }
    },
  };
}

/** No sandbox at all: what the language itself costs. */
export function nodeVm(): Contender {
  return {
    name: 'node:vm',
    about: 'createContext and a new Script in this process: no security boundary',
    samples: 800,
    stop: nothing,
    once: async () => {
      const context = createContext({ input: INPUT });
      checkResult(
        await new Script(`(async () => { ${BODY} })()`).runInContext(context, { timeout: 5000 }),
      );
    },
  };
}
