import { ERROR_CATALOGUE, isErrorCode, type ErrorCode, type ErrorEntry } from './catalogue.ts';

/** An error of Cofferdam's own, with a code of the catalogue. Guest failures are values instead. */
export class CofferdamError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: ErrorCode,
    message?: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    const entry: ErrorEntry = ERROR_CATALOGUE[code];
    super(message ?? entry.meaning, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'CofferdamError';
    this.code = code;
    this.details = options.details;
  }

  get entry(): ErrorEntry {
    return ERROR_CATALOGUE[this.code];
  }

  /** The error as it crosses a boundary: never a stack, never a cause. */
  toWire(): WireError {
    return { code: this.code, message: this.message.slice(0, MAX_WIRE_MESSAGE) };
  }

  /** Any thrown thing as one of ours; what is not ours becomes `INTERNAL` with a safe message. */
  static from(error: unknown): CofferdamError {
    if (error instanceof CofferdamError) return error;
    return new CofferdamError('INTERNAL', undefined, { cause: error });
  }

  /** Reads an error that a peer sent; a code that we do not know becomes `INTERNAL`. */
  static fromWire(wire: unknown): CofferdamError {
    const { code, message } = Object(wire) as Record<string, unknown>;
    const text = typeof message === 'string' ? message.slice(0, MAX_WIRE_MESSAGE) : undefined;
    return new CofferdamError(isErrorCode(code) ? code : 'INTERNAL', text);
  }
}

export interface WireError {
  code: ErrorCode;
  message: string;
}

const MAX_WIRE_MESSAGE = 4096;
