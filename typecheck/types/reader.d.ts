/// <reference path="./events.d.ts" />
/// <reference path="./exception.d.ts" />
/// <reference path="./blob.d.ts" />

interface ProgressEventInit extends EventInit {
  lengthComputable?: boolean;
  loaded?: number;
  total?: number;
}
interface ProgressEvent extends Event {
  readonly lengthComputable: boolean;
  readonly loaded: number;
  readonly total: number;
}
declare var ProgressEvent: {
  prototype: ProgressEvent;
  new (type: string, init?: ProgressEventInit): ProgressEvent;
};

interface FileReaderStates {
  readonly EMPTY: 0;
  readonly LOADING: 1;
  readonly DONE: 2;
}
interface FileReaderEvents {
  loadstart: ProgressEvent;
  progress: ProgressEvent;
  load: ProgressEvent;
  abort: ProgressEvent;
  error: ProgressEvent;
  loadend: ProgressEvent;
}
type FileReaderHandler = ((this: FileReader, event: ProgressEvent) => void) | null;
interface FileReader extends EventTargetOf<FileReaderEvents>, FileReaderStates {
  readonly readyState: 0 | 1 | 2;
  readonly result: string | ArrayBuffer | null;
  readonly error: DOMException | null;
  readAsArrayBuffer(blob: Blob): void;
  /** @deprecated */
  readAsBinaryString(blob: Blob): void;
  readAsText(blob: Blob, encoding?: string): void;
  readAsDataURL(blob: Blob): void;
  abort(): void;
  onloadstart: FileReaderHandler;
  onprogress: FileReaderHandler;
  onload: FileReaderHandler;
  onabort: FileReaderHandler;
  onerror: FileReaderHandler;
  onloadend: FileReaderHandler;
}
declare var FileReader: FileReaderStates & { prototype: FileReader; new (): FileReader };
