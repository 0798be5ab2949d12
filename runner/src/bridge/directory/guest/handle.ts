import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import type { FileError } from './calls.ts';
import { segmentsOf } from './path.ts';

const { TypeError } = primordials;

/** Who has it may make handles: no guest. */
export const KEY = {};

type Kind = 'file' | 'directory';

export let placeOf: (handle: unknown) => string;
export let kindOf: (handle: unknown) => Kind;

export class FileSystemHandle {
  readonly #place: string;
  readonly #kind: Kind;

  static {
    placeOf = (handle) => (handle as FileSystemHandle).#place;
    kindOf = (handle) => (handle as FileSystemHandle).#kind;
  }

  constructor(key: unknown, place: string, kind: Kind) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    this.#place = place;
    this.#kind = kind;
  }

  get kind(): Kind {
    return this.#kind;
  }
  get name(): string {
    const segments = segmentsOf(this.#place)!;
    return segments.length === 0 ? '' : segments[segments.length - 1]!;
  }

  async isSameEntry(other: unknown): Promise<boolean> {
    return this.#place === placeOf(other) && this.#kind === kindOf(other);
  }
}

defineInterface(FileSystemHandle, 'FileSystemHandle', 0);

export function failure(name: string, message: string): Error {
  if (name === 'TypeError') return new TypeError(message);
  const { DOMException } = core.use<{
    DOMException: new (message: string, name: string) => Error;
  }>('exception');
  return new DOMException(message, name);
}

export function fileError({ name, message }: FileError, place: string): Error {
  return failure(name, `${message} ('${place}')`);
}
