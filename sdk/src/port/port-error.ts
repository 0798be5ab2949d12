/** Codes of errors that a port itself makes; the same at both ends. */
export type PortErrorCode = 'NOT_PLAIN' | 'TOO_LARGE' | 'TOO_MANY' | 'REFERENCE_GONE';

/** What can be sent, or asked, no further: a TypeError for a value that has no plain form. */
export function portError(code: PortErrorCode, message: string): Error {
  const error = code === 'NOT_PLAIN' ? new TypeError(message) : new Error(message);
  return Object.assign(error, { code });
}
