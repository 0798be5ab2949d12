import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import type { StreamsGroup } from '../../streams/guest.ts';
import { writeBytes } from './calls.ts';
import { fileError, KEY } from './handle.ts';
import { own } from './own.ts';
import { WriteTarget } from './write-target.ts';

const { TypeError, Uint8Array } = primordials;
const { WritableStream, writeOnce } = core.use<StreamsGroup>('streams');

/** What is written to it is the file's content when it is closed, and not before. */
export class FileSystemWritableFileStream extends WritableStream {
  constructor(key: unknown, place: string, bytes: Uint8Array<ArrayBuffer>) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    let target = new WriteTarget(bytes);
    const close = async (): Promise<void> => {
      const { error } = await own(writeBytes(place, target.bytes));
      if (error) throw fileError(error, place);
    };
    const abort = (): void => {
      target = new WriteTarget(new Uint8Array(0));
    };
    super(record({ write: (chunk: unknown) => target.take(chunk), close, abort }));
  }

  write(data: unknown): Promise<undefined> {
    return writeOnce(this, data);
  }
  seek(position: unknown): Promise<undefined> {
    return writeOnce(this, record({ type: 'seek', position }));
  }
  truncate(size: unknown): Promise<undefined> {
    return writeOnce(this, record({ type: 'truncate', size }));
  }
}

defineInterface(FileSystemWritableFileStream, 'FileSystemWritableFileStream', 0);
