import { primordials } from '../../../guest/captured.ts';
import { AsyncResource } from './async-resource.ts';
import { hasValue, valueIn, withoutValue, withValue } from './mapping.ts';
import { BASE, callWith, now } from './scope.ts';
import { callable } from './variable.ts';

const { apply } = primordials;

interface StorageOptions {
  name?: unknown;
  defaultValue?: unknown;
}

export class AsyncLocalStorage {
  readonly #name: string;
  readonly #defaultValue: unknown;

  constructor(options: StorageOptions = {}) {
    const { defaultValue, name } = options;
    this.#defaultValue = defaultValue;
    this.#name = name === undefined ? '' : `${name as string}`;
  }

  static bind(callback: unknown): Function {
    return AsyncResource.bind(callback);
  }

  static snapshot(): Function {
    const call = (callback: unknown, ...args: unknown[]): unknown =>
      apply(callable(callback), undefined, args);
    return AsyncLocalStorage.bind(call);
  }

  get name(): string {
    return this.#name;
  }

  getStore(): unknown {
    const { mapping } = now.scope;
    return hasValue(mapping, this) ? valueIn(mapping, this) : this.#defaultValue;
  }

  run(store: unknown, callback: unknown, ...args: unknown[]): unknown {
    const mapping = withValue(now.scope.mapping, this, store);
    return callWith(mapping, callable(callback), undefined, args);
  }

  exit(callback: unknown, ...args: unknown[]): unknown {
    const mapping = withValue(now.scope.mapping, this, undefined);
    return callWith(mapping, callable(callback), undefined, args);
  }

  /** For the rest of this turn and what follows from it; of no effect where no scope would end it. */
  enterWith(store: unknown): void {
    if (now.scope !== BASE) now.scope.mapping = withValue(now.scope.mapping, this, store);
  }

  disable(): void {
    if (now.scope !== BASE) now.scope.mapping = withoutValue(now.scope.mapping, this);
  }
}
