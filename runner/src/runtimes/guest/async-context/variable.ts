import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { hasValue, valueIn, withValue, type Mapping } from './mapping.ts';
import { callWith, now } from './scope.ts';

const { defineProperty, freeze, TypeError, toStringTag } = primordials;

interface VariableOptions {
  name?: unknown;
  defaultValue?: unknown;
}

class Variable {
  readonly #name: string;
  readonly #defaultValue: unknown;

  constructor(options: VariableOptions | null = {}) {
    const { defaultValue, name } = optionsOf(options);
    this.#defaultValue = defaultValue;
    this.#name = name === undefined ? '' : `${name as string}`;
  }

  get name(): string {
    return this.#name;
  }

  get(): unknown {
    const { mapping } = now.scope;
    return hasValue(mapping, checked(this)) ? valueIn(mapping, this) : this.#defaultValue;
  }

  run(value: unknown, callback: unknown, ...args: unknown[]): unknown {
    const mapping = withValue(now.scope.mapping, checked(this), value);
    return callWith(mapping, callable(callback), undefined, args);
  }

  /** A mapping must have no keys but variables: whoever is not one has no such field. */
  static isVariable(value: object): value is Variable {
    return #name in value;
  }
}
const { isVariable } = Variable;
delete (Variable as { isVariable?: unknown }).isVariable;

function checked(variable: Variable): Variable {
  if (isVariable(variable)) return variable;
  throw new TypeError('The receiver is not a Variable');
}

function optionsOf(options: VariableOptions | null): VariableOptions {
  if (typeof options === 'object' && options !== null) return options;
  throw new TypeError('The options must be an object');
}

export function callable(callback: unknown): Function {
  if (typeof callback === 'function') return callback;
  throw new TypeError('The callback must be a function');
}

class Snapshot {
  readonly #mapping: Mapping = now.scope.mapping;

  run(callback: unknown, ...args: unknown[]): unknown {
    return callWith(this.#mapping, callable(callback), undefined, args);
  }

  static wrap(callback: unknown): Function {
    return wrap(callable(callback));
  }
}

/** The callback, to be called with the values of now. */
function wrap(callback: Function): Function {
  const { mapping } = now.scope;
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return callWith(mapping, callback, this, args);
  };
  defineProperty(wrapped, 'name', record({ value: 'wrapped', configurable: true }));
  return wrapped;
}

defineProperty(Variable.prototype, toStringTag, tag('AsyncContext.Variable'));
defineProperty(Snapshot.prototype, toStringTag, tag('AsyncContext.Snapshot'));

function tag(value: string): PropertyDescriptor {
  return record({ value, configurable: true });
}

export const AsyncContext = freeze({ Variable, Snapshot });
