import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { defineProperty, jsonStringify, realm, TypeError } = primordials;

type CallTool = (target: string, args: readonly unknown[]) => Promise<unknown>;

/** Makes the functions by which a guest calls its embedder's. Runs before any guest code. */
export function defineTools(names: readonly string[], call: CallTool): void {
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    // What the language or the preset has is not to be taken for the embedder's, nor what it inherits.
    if (name in realm) throw new TypeError(`A tool cannot be named ${name}`);
    const target = `{"t":${jsonStringify(name)}}`;
    const value = (...args: unknown[]): Promise<unknown> => call(target, args);
    defineProperty(value, 'name', record({ value: name, configurable: true }));
    const field = { value, writable: true, enumerable: false, configurable: true };
    defineProperty(realm, name, record(field));
  }
}
