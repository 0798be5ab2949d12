import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { toolOf, type CallTool } from './tools.ts';

const { defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, realm } = primordials;
const { Set, setAdd, setHas } = primordials;

/** The functions of one embedder on the global object, of a session that has one after the other. */
export interface SessionTools {
  define(): void;
  /** Takes away what of them is still there: what the guest has put in their places stays. */
  remove(): void;
}

/** Names that the language and the preset have; to be asked before any guest code. */
export function takenNames(): Set<unknown> {
  const taken = new Set<unknown>();
  for (let holder: object | null = realm; holder !== null; holder = getPrototypeOf(holder)) {
    const names = ownKeys(holder);
    for (let i = 0; i < names.length; i++) setAdd(taken, names[i]);
  }
  return taken;
}

/** An embedder's library has refused `taken` names; of one that did not, their functions are none. */
export function toolsOf(
  names: readonly string[],
  taken: Set<unknown>,
  call: CallTool,
): SessionTools {
  const made = record<Record<string, object>>({});
  const define = (name: string): void => {
    if (setHas(taken, name)) return;
    const value = toolOf(name, call);
    try {
      const field = { value, writable: true, enumerable: false, configurable: true };
      defineProperty(realm, name, record(field));
      made[name] = value;
    } catch {
      // The guest has something there for good: it calls that, and not its embedder.
    }
  };
  return record<SessionTools>({
    define: () => {
      for (let i = 0; i < names.length; i++) define(names[i]!);
    },
    remove: () => {
      for (let i = 0; i < names.length; i++) {
        const tool = made[names[i]!];
        const there = tool && getOwnPropertyDescriptor(realm, names[i]!);
        if (there && record(there).value === tool) forget(names[i]!);
      }
    },
  });
}

function forget(name: string): void {
  try {
    delete (realm as unknown as Record<string, unknown>)[name];
  } catch {
    // The guest made it one that stays: it calls an embedder who is gone.
  }
}
