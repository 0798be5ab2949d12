/** What goes wrong between a guest and its browser, by the names that the guest is told. */
export type BrowserErrorName =
  /** The browser, context or page is closed, or has crashed. */
  | 'BrowserClosedError'
  /** Too many, or too much. */
  | 'BrowserLimitError'
  /** No guest may do it. */
  | 'BrowserRefusedError'
  /** An id that is none, or of what was let go. */
  | 'HandleGoneError'
  /** A profile's id is none, or it cannot be loaded or kept. */
  | 'ProfileError'
  | 'ProfileInUseError';

export class BrowserError extends Error {
  constructor(name: BrowserErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

export function refused(message: string): BrowserError {
  return new BrowserError('BrowserRefusedError', message);
}

const MAX_NAME = 256;
const MAX_MESSAGE = 8_192;
// Playwright colours the log of a call.
// eslint-disable-next-line no-control-regex -- an escape is what is looked for
const COLOURS = /\u001b\[[0-9;]*m/g;
const CLOSED = /has been closed|was closed|Target crashed|Browser closed|browser has disconnected/i;

/** What a guest is told of a failure: no stack of this process. */
export function errorForGuest(error: unknown): { name: string; message: string } {
  const { name, message } = Object(error) as Partial<Error>;
  const text = (typeof message === 'string' ? message : String(error)).replace(COLOURS, '');
  const isClosed = !(error instanceof BrowserError) && CLOSED.test(text.slice(0, 1_024));
  const known = typeof name === 'string' && name !== '' ? name : 'Error';
  return {
    name: isClosed ? 'BrowserClosedError' : known.slice(0, MAX_NAME),
    message: text.slice(0, MAX_MESSAGE),
  };
}
