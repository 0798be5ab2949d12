import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { charCodeAt, defineProperty, Error, stringIndexOf, stringSlice, TypeError } = primordials;
const NEWLINE = 0x0a;

/** An error as the host tells it, with the place of the call that failed where there is one. */
export function failureOf(name: string, message: string, place?: Error): Error {
  if (name === 'TypeError') return placed(new TypeError(message), name, place);
  const error = new Error(message);
  if (name !== 'Error') {
    defineProperty(error, 'name', record({ value: name, writable: true, configurable: true }));
  }
  return placed(error, name, place);
}

/** Answered later, an error has no frame of the guest's: those of the call are put in. */
function placed(error: Error, name: string, place: Error | undefined): Error {
  const stack = place?.stack;
  if (typeof stack !== 'string') return error;
  const value = `${name}: ${error.message}\n${framesOf(stack)}`;
  return defineProperty(error, 'stack', record({ value, writable: true, configurable: true }));
}

function framesOf(stack: string): string {
  const at = stringIndexOf(stack, '    at ');
  if (at > 0 && charCodeAt(stack, at - 1) === NEWLINE) return stringSlice(stack, at);
  return '';
}

export function timeoutError(message: string, place?: Error): Error {
  return failureOf('TimeoutError', message, place);
}

/** An error of a page, as it is told. */
export interface ToldError {
  name: string;
  message: string;
  stack?: string;
}

export function errorOf(told: ToldError): Error {
  const { name, message, stack } = record(told);
  const error = failureOf(name, message);
  if (stack === undefined) return error;
  const field = { value: stack, writable: true, configurable: true };
  return defineProperty(error, 'stack', record(field));
}
