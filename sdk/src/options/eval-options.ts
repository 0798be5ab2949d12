import { CofferdamError, MAX_CODE_BYTES } from '@cofferdam/protocol';
import type { DisposeOptions, EvalOptions } from '../types.ts';
import { aBoolean, aSignal, aText, invalid, options } from './check.ts';
import { executionTimeout } from './runtime-options.ts';

const filename = aText(4_096);
const read = options({ filename, executionTimeout, signal: aSignal });
const readDispose = options({ hard: aBoolean, reason: aText(1_024) });

/** Throws `INVALID_INPUT`, which names the option; a text is the file's name. */
export function readEvalOptions(given: unknown): EvalOptions {
  if (typeof given === 'string') return { filename: filename(given, 'filename') };
  return read(given, '');
}

/** Throws `INVALID_INPUT`, or `CODE_TOO_LARGE`. */
export function readCode(code: unknown): string {
  if (typeof code !== 'string') throw invalid('code', 'a text', code);
  if (Buffer.byteLength(code) > MAX_CODE_BYTES) throw new CofferdamError('CODE_TOO_LARGE');
  return code;
}

export function readDisposeOptions(given: unknown): DisposeOptions {
  return readDispose(given, '');
}
