import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { defineProperty, Error, EvalError, hasOwn, RangeError, ReferenceError } = primordials;
const { SyntaxError, TypeError, URIError } = primordials;

type ErrorConstructor = new (message: string) => Error;

const CONSTRUCTORS: Record<string, ErrorConstructor> = record({
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
});

/** The exceptions of the web platform that a binding throws as a matter of course. */
const DOM_NAMES = record({ AbortError: true, TimeoutError: true });

/** Codes of errors that the port itself makes. */
export type PortErrorCode =
  'NOT_PLAIN' | 'TOO_LARGE' | 'TOO_MANY' | 'REFERENCE_GONE' | 'RUNTIME_ENDED' | 'SESSION_DETACHED';

export function portError(code: PortErrorCode, message: string): Error {
  const error = code === 'NOT_PLAIN' ? new TypeError(message) : new Error(message);
  return defineHidden(error, 'code', code);
}

interface ErrorFields {
  name?: unknown;
  message?: unknown;
  code?: unknown;
}

/** An error of this realm, from what the embedder said of one of its own. */
export function errorOf(fields: ErrorFields): Error {
  const name = hasOwn(fields, 'name') ? `${fields.name as string}` : 'Error';
  const message = hasOwn(fields, 'message') ? `${fields.message as string}` : '';
  const error = madeError(name, message);
  if (hasOwn(fields, 'code')) defineHidden(error, 'code', fields.code);
  // The frames here are the platform's: they say nothing to the author of guest code.
  return defineHidden(error, 'stack', message === '' ? name : `${name}: ${message}`);
}

function madeError(name: string, message: string): Error {
  if (hasOwn(CONSTRUCTORS, name)) return new CONSTRUCTORS[name]!(message);
  if (hasOwn(DOM_NAMES, name)) {
    const { DOMException } = core.use('exception') as {
      DOMException: new (message: string, name: string) => Error;
    };
    return new DOMException(message, name);
  }
  return defineHidden(new Error(message), 'name', name);
}

function defineHidden<T extends object>(target: T, name: string, value: unknown): T {
  return defineProperty(target, name, record({ value, writable: true, configurable: true }));
}
