import { primordials } from '../../../guest/captured.ts';
import type { Frame } from './frame.ts';

const { apply, asyncDispose, defineProperty, dispose, freeze, setPrototypeOf, TypeError } =
  primordials;

interface Disposable {
  [asyncDispose]?: unknown;
  [dispose]?: unknown;
}

/** What `await using` holds in place of a value: that is disposed of in the function's context. */
export class Resource {
  readonly #frame: Frame;
  readonly #value: unknown;
  readonly #method: Function | undefined;
  /** The engine waits for what `Symbol.asyncDispose` answers, and not for `Symbol.dispose`. */
  readonly #isAsync: boolean = true;

  constructor(frame: Frame, value: unknown) {
    this.#frame = frame;
    this.#value = value;
    if (value === undefined || value === null) return;
    let method = (value as Disposable)[asyncDispose];
    if (method === undefined || method === null) {
      this.#isAsync = false;
      method = (value as Disposable)[dispose];
    }
    if (typeof method !== 'function') throw new TypeError('The value is not async disposable');
    this.#method = method;
  }

  dispose(): unknown {
    return this.#frame.during(() => {
      if (!this.#method) return undefined;
      const answer = apply(this.#method, this.#value, []) as unknown;
      return this.#isAsync ? answer : undefined;
    });
  }
}

defineProperty(Resource.prototype, asyncDispose, {
  __proto__: null,
  value(this: Resource): unknown {
    return this.dispose();
  },
} as PropertyDescriptor);
delete (Resource.prototype as { constructor?: unknown }).constructor;
freeze(setPrototypeOf(Resource.prototype, null));
