import { CofferdamError } from '@cofferdam/protocol/base';

/** How `isolate-daemon` ends. Whoever started it without its stderr has only this number. */
export const EXIT_CODES = {
  fault: 1,
  usage: 2,
  /** Another daemon, or another program, listens there already. */
  inUse: 3,
  /** The folder of the socket, or what is in its place, cannot be used. */
  place: 4,
} as const;

/** The socket's place is taken by a living process. */
export class InUseError extends CofferdamError {
  constructor(message: string) {
    super('INVALID_CONFIG', message);
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof InUseError) return EXIT_CODES.inUse;
  const isPlace = error instanceof CofferdamError && error.code === 'INVALID_CONFIG';
  return isPlace ? EXIT_CODES.place : EXIT_CODES.fault;
}
