import type { HostAnswer } from './core.ts';
import type { GuestHooks, HookAnswer } from './hooks.ts';
import {
  errorConstructors,
  hasOwn,
  jsonParse,
  jsonStringify,
  list,
  PromiseConstructor,
  record,
  settleSafely,
} from './intrinsics.ts';

type Rebuild = (name: string, message: string) => unknown;

/** Without a prototype: isolated-vm reads `reference` and others of it, which a guest could set. */
const ASK = record({
  arguments: record({ copy: true }),
  result: record({ promise: true, copy: true }),
});

export interface GuestBridge {
  hostCall(
    capability: string,
    method: string,
    json?: unknown,
    bytes?: ArrayBuffer,
  ): Promise<HostAnswer>;
  hostCallSync(
    capability: string,
    method: string,
    json?: unknown,
    bytes?: ArrayBuffer,
  ): HostAnswer;
}

/** Host calls as the guest platform sees them: values in, values out, errors of this realm. */
export function bridgeOf(hooks: GuestHooks, domException: Rebuild): GuestBridge {
  const { call, callSync } = hooks;
  const hostCall: GuestBridge['hostCall'] = (capability, method, json, bytes) =>
    new PromiseConstructor<HostAnswer>((resolve, reject) => {
      const onAnswer = (answer: HookAnswer) => {
        if (answer[0]) resolve(answerOf(answer));
        else reject(errorOf(answer, domException));
      };
      const args = list<unknown>(capability, method, textOf(json), bytes);
      try {
        settleSafely(call.apply(undefined, args, ASK), onAnswer, () => reject(hostGone()));
      } catch {
        reject(hostGone());
      }
    });
  const hostCallSync: GuestBridge['hostCallSync'] = (capability, method, json, bytes) => {
    let answer: HookAnswer;
    try {
      answer = callSync(capability, method, textOf(json), bytes);
    } catch {
      throw hostGone();
    }
    if (!answer[0]) throw errorOf(answer, domException);
    return answerOf(answer);
  };
  return record({ hostCall, hostCallSync });
}

function textOf(json: unknown): string | undefined {
  return json === undefined ? undefined : jsonStringify(json);
}

/** What the engine says when a call fails may hold host paths: the guest gets our own words. */
function hostGone(): Error {
  return new errorConstructors.Error('The host did not answer');
}

function answerOf(answer: HookAnswer): HostAnswer {
  const json: unknown = answer[1] === undefined ? undefined : jsonParse(answer[1]);
  return record({ json, bytes: answer[2] });
}

function errorOf(answer: HookAnswer, domException: Rebuild): unknown {
  const { name, message } = jsonParse(answer[1]!) as { name: string; message: string };
  if (!hasOwn(errorConstructors, name)) return domException(name, message);
  return new errorConstructors[name as 'Error'](message);
}
