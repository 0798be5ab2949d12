import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { objectOf } from './values.ts';

const { freeze, TypeError } = primordials;

/** A folder of the parent's own files, as the embedder is told. */
export interface FilePart {
  root: string;
  allowWrite: boolean;
}

/** The part that an object stands for, which was made here. */
export let filePartOf: (value: object) => FilePart | undefined;

class FileBindings {
  readonly #part: FilePart;

  static {
    filePartOf = (value) => (#part in value ? (value as FileBindings).#part : undefined);
  }

  constructor(part: FilePart) {
    this.#part = part;
  }
}

const made = {
  createFileBindings(options: unknown): object {
    const { root, allowWrite = false } = objectOf(options, 'the options');
    if (typeof root !== 'string') throw new TypeError('root must be a text');
    if (typeof allowWrite !== 'boolean') throw new TypeError('allowWrite must be true or false');
    return freeze(new FileBindings(record<FilePart>({ root, allowWrite })));
  },
};
/** A part of the guest's own files for a child: what is below `root` there, and nothing else. */
export const { createFileBindings } = made;
