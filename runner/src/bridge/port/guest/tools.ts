import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { defineProperty, jsonStringify, realm, TypeError } = primordials;

export type CallTool = (target: string, args: readonly unknown[]) => Promise<unknown>;

/** Makes the functions by which a guest calls its embedder's. Runs before any guest code. */
export function defineTools(names: readonly string[], call: CallTool): void {
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    // What the language or the preset has is not to be taken for the embedder's, nor what it inherits.
    if (name in realm) throw new TypeError(`A tool cannot be named ${name}`);
    const value = toolOf(name, call);
    const field = { value, writable: true, enumerable: false, configurable: true };
    defineProperty(realm, name, record(field));
  }
}

/** The function by which a guest calls one of its embedder's. */
export function toolOf(name: string, call: CallTool): object {
  const target = `{"t":${jsonStringify(name)}}`;
  const value = (...args: unknown[]): Promise<unknown> => call(target, args);
  return defineProperty(value, 'name', record({ value: name, configurable: true }));
}
