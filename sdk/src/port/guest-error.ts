import { CofferdamError } from '@cofferdam/protocol';

const CONSTRUCTORS: ReadonlyMap<string, new (message: string) => Error> = new Map([
  ['Error', Error],
  ['EvalError', EvalError],
  ['RangeError', RangeError],
  ['ReferenceError', ReferenceError],
  ['SyntaxError', SyntaxError],
  ['TypeError', TypeError],
  ['URIError', URIError],
]);

/** Those that callers look for by their class as well as by their name. */
const DOM_NAMES = new Set(['AbortError', 'TimeoutError']);

/** An error of this realm from what a guest said of one of its own; the stack is the guest's. */
export function guestError(content: unknown): Error {
  if (typeof content !== 'object' || content === null) throw unreadable();
  const { name, message, stack, code } = content as Record<string, unknown>;
  if (typeof name !== 'string' || typeof message !== 'string') throw unreadable();
  const error = madeError(name, message);
  define(error, 'stack', typeof stack === 'string' ? stack : `${name}: ${message}`);
  if (typeof code === 'string') define(error, 'code', code);
  return error;
}

function madeError(name: string, message: string): Error {
  if (DOM_NAMES.has(name)) return new DOMException(message, name);
  const constructor = CONSTRUCTORS.get(name);
  if (constructor) return new constructor(message);
  return define(new Error(message), 'name', name);
}

function define<T extends Error>(error: T, name: string, value: string): T {
  return Object.defineProperty(error, name, { value, writable: true, configurable: true });
}

function unreadable(): CofferdamError {
  return new CofferdamError('PROTOCOL_VIOLATION', 'an error of the port cannot be read');
}
