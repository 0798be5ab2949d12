import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const p = primordials;
const { defineProperty, getOwnPropertyDescriptor, hasOwn, Object } = primordials;

/** Tried in order; each throws for what is not of its kind. */
const ATTEMPTS: readonly ((value: object) => object)[] = [
  (value) => new p.Date(p.dateValue(value)),
  (value) => new p.RegExp(p.regexpSource(value), p.regexpFlags(value)),
  (value) => Object(p.booleanValue(value)) as object,
  (value) => Object(p.numberValue(value)) as object,
  (value) => Object(p.stringValue(value)) as object,
  (value) => Object(p.bigintValue(value)) as object,
];

const KINDS: readonly object[] = [
  p.Date.prototype,
  p.RegExp.prototype,
  p.Boolean.prototype,
  p.Number.prototype,
  p.String.prototype,
  p.BigInt.prototype,
];

/** A copy of a date, a regular expression or an object around a primitive. */
export function clonePrimitiveObject(value: object): object | undefined {
  for (let i = 0; i < ATTEMPTS.length; i++) {
    if (!p.isPrototypeOf(KINDS[i]!, value) || value === KINDS[i]) continue;
    try {
      return ATTEMPTS[i]!(value);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

const ERRORS: Record<string, ErrorConstructor> = record({
  EvalError: p.EvalError,
  RangeError: p.RangeError,
  ReferenceError: p.ReferenceError,
  SyntaxError: p.SyntaxError,
  TypeError: p.TypeError,
  URIError: p.URIError,
});

/** A copy of an error: its name if that is a built-in one, its message and its stack. */
export function cloneError(value: object): object {
  const { name, stack } = value as { name?: unknown; stack?: unknown };
  const known = typeof name === 'string' && hasOwn(ERRORS, name) ? ERRORS[name]! : p.Error;
  const copy = new known();
  const message = getOwnPropertyDescriptor(value, 'message');
  if (message && hasOwn(message, 'value')) hidden(copy, 'message', `${message.value as string}`);
  hidden(copy, 'stack', typeof stack === 'string' ? stack : '');
  return copy;
}

function hidden(target: object, name: string, value: unknown): void {
  defineProperty(target, name, record({ value, writable: true, configurable: true }));
}
