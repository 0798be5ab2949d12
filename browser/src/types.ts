import type { BrowserAnswer, BrowserCall } from '@cofferdam/protocol';

export type * from './collected.ts';

/** One call of a guest's, with the bytes of its arguments. */
export type BrowserHandlerCall = Omit<BrowserCall, 'bytes'> & { data?: Uint8Array };
/** Its answer, with the bytes of the value. */
export type BrowserHandlerAnswer = BrowserAnswer & { data?: Uint8Array };

/** Answers the calls of a guest's browser. */
export type BrowserHandler = (
  call: BrowserHandlerCall,
  context: { signal: AbortSignal },
) => Promise<BrowserHandlerAnswer>;

/** A file as `setInputFiles` takes it. */
export interface InputFile {
  name: string;
  mimeType: string;
  buffer: Uint8Array;
}

/** `storage`: cookies and storage, as JSON. `persistent`: what sites have stored, as a browser keeps it. */
export type ProfileMode = 'storage' | 'persistent';
