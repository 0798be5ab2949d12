import { core, primordials } from '../../../guest/captured.ts';
import { defineConstants, defineInterface, record } from '../../../guest/interface.ts';
import type { EventsGroup } from '../../events/guest.ts';
import type { FilesGroup } from '../../files/guest.ts';
import { convert, type Form } from './conversion.ts';
import { ProgressEvent } from './progress-event.ts';

const { typedLength, TypeError } = primordials;
const { defineHandlers, EventTarget, fire } = core.use<EventsGroup>('events');
const { bytesOfBlob, typeOfBlob } = core.use<FilesGroup>('files');
const { setTimeout } = core.use('timers') as { setTimeout(run: () => void): void };

const EMPTY = 0;
const LOADING = 1;
const DONE = 2;

/** One read; a reader that goes on to another one, or aborts, forgets it. */
interface Reading {
  bytes: Uint8Array;
  type: string;
  form: Form;
  encoding: string | undefined;
}

export class FileReader extends EventTarget {
  #state = EMPTY;
  #result: string | ArrayBuffer | null = null;
  /** A blob's bytes are all there: reading one fails for want of memory only, as an exception. */
  readonly #error = null;
  #reading: Reading | undefined;

  get readyState(): number {
    return this.#state;
  }
  get result(): string | ArrayBuffer | null {
    return this.#result;
  }
  get error(): null {
    return this.#error;
  }

  readAsArrayBuffer(blob: unknown): void {
    this.#start(blob, 'buffer');
  }
  readAsBinaryString(blob: unknown): void {
    this.#start(blob, 'binary');
  }
  readAsText(blob: unknown, encoding: unknown = undefined): void {
    this.#start(blob, 'text', encoding === undefined ? undefined : `${encoding as string}`);
  }
  readAsDataURL(blob: unknown): void {
    this.#start(blob, 'url');
  }

  abort(): void {
    this.#result = null;
    if (this.#state !== LOADING) return;
    const { bytes } = this.#reading!;
    this.#state = DONE;
    this.#reading = undefined;
    this.#tell('abort', 0, typedLength(bytes));
    this.#end(0, typedLength(bytes));
  }

  #start(blob: unknown, form: Form, encoding?: string): void {
    const bytes = bytesOfBlob(blob);
    if (!bytes) throw new TypeError('The argument must be a Blob');
    if (this.#state === LOADING) {
      const { DOMException } = core.use('exception');
      throw new DOMException('The reader is reading already', 'InvalidStateError');
    }
    const type = typeOfBlob(blob as never);
    const reading = record<Reading>({ bytes, type, form, encoding });
    this.#state = LOADING;
    this.#result = null;
    this.#reading = reading;
    this.#later(reading, () => this.#tell('loadstart', 0, typedLength(bytes)));
    // `progress` is for what came in between: of nothing there is none.
    if (typedLength(bytes) > 0) {
      this.#later(reading, () => this.#tell('progress', typedLength(bytes), typedLength(bytes)));
    }
    this.#later(reading, () => this.#finish(reading));
  }

  #later(reading: Reading, run: () => void): void {
    setTimeout(() => {
      if (this.#reading === reading) run();
    });
  }

  #finish(reading: Reading): void {
    const size = typedLength(reading.bytes);
    this.#result = convert(reading);
    this.#state = DONE;
    this.#reading = undefined;
    this.#tell('load', size, size);
    // Microtasks of the listeners come in between, as they do where a browser calls them.
    setTimeout(() => this.#end(size, size));
  }

  /** A listener of `load` or `abort` may have begun to read again. */
  #end(loaded: number, total: number): void {
    if (this.#state !== LOADING) this.#tell('loadend', loaded, total);
  }

  #tell(type: string, loaded: number, total: number): void {
    fire(this, new ProgressEvent(type, record({ lengthComputable: true, loaded, total })));
  }
}

defineHandlers(FileReader, ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend']);
defineInterface(FileReader, 'FileReader');
defineConstants(FileReader, record({ EMPTY, LOADING, DONE }));
