import type { HostAnswer } from './core.ts';
import type { GuestHooks, HookAnswer } from './hooks.ts';
import {
  bufferLength,
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

/**
 * What may wait for the host at once. A loop that never awaits fills the host's queue, which is no
 * memory of the guest's, faster than the host counts: 270 MiB in half a second.
 */
const MAX_PENDING_CALLS = 10_000;
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

export interface GuestBridge {
  hostCall(
    capability: string,
    method: string,
    json?: unknown,
    bytes?: ArrayBuffer,
  ): Promise<HostAnswer>;
  hostCallSync(capability: string, method: string, json?: unknown, bytes?: ArrayBuffer): HostAnswer;
}

/** The calls that wait for the host, and what they carry. */
class Pending {
  #calls = 0;
  #bytes = 0;

  /** Whether there is room for one more; takes it. */
  enter(size: number): boolean {
    if (this.#calls >= MAX_PENDING_CALLS || this.#bytes + size > MAX_PENDING_BYTES) return false;
    this.#calls++;
    this.#bytes += size;
    return true;
  }

  leave(size: number): void {
    this.#calls--;
    this.#bytes -= size;
  }
}

/** Host calls as the guest platform sees them: values in, values out, errors of this realm. */
export function bridgeOf(
  hooks: GuestHooks,
  domException: Rebuild,
  requestId: () => string | undefined,
): GuestBridge {
  const { call, callSync } = hooks;
  const pending = new Pending();
  const hostCall: GuestBridge['hostCall'] = (capability, method, json, bytes) =>
    new PromiseConstructor<HostAnswer>((resolve, reject) => {
      const text = textOf(json);
      const size = (text?.length ?? 0) + (bytes ? bufferLength(bytes) : 0);
      if (!pending.enter(size)) return reject(new errorConstructors.Error(TOO_MUCH));
      const onAnswer = (answer: HookAnswer) => {
        pending.leave(size);
        if (answer[0]) resolve(answerOf(answer));
        else reject(errorOf(answer, domException));
      };
      const onLost = () => {
        pending.leave(size);
        reject(hostGone());
      };
      try {
        const args = list<unknown>(capability, method, text, bytes);
        const served = requestId();
        if (served !== undefined) args[4] = served;
        settleSafely(call.apply(undefined, args, ASK), onAnswer, onLost);
      } catch {
        onLost();
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

const TOO_MUCH = 'Too many operations are waiting for the host';

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
