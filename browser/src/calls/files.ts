import { Buffer } from 'node:buffer';
import { MAX_BROWSER_BYTES } from '@cofferdam/protocol';
import type { Download } from 'playwright-core';
import { BrowserError } from '../errors.ts';
import { MAX_FILE_BYTES, readInputFile, readText, writeBytes } from '../file-access.ts';
import type { InputFile } from '../types.ts';
import { fieldOf, optionsOf, pageFunction, plainArguments } from './arguments.ts';
import { addScript } from './routes.ts';
import { invoke, type Call, type SpecialCall } from './call.ts';

const MAX_INPUT_FILES = 100;

/** Answers the picture, or writes it where the guest's files are. */
async function picture({ core, subject, args }: Call): Promise<unknown> {
  const path = fieldOf(args[0], 'path');
  const bytes = (await invoke(subject, [optionsOf(args[0], 'path')])) as Buffer;
  if (path === undefined) return bytes;
  await writeBytes(core.options.files, path, bytes);
  return undefined;
}

async function setInputFiles({ core, subject, args }: Call): Promise<unknown> {
  const hasSelector = subject.className === 'Page' || subject.className === 'Frame';
  const before = hasSelector ? args.slice(0, 1) : [];
  const [given, options] = args.slice(before.length);
  const list = Array.isArray(given) ? (given as unknown[]) : [given];
  if (list.length > MAX_INPUT_FILES) throw new TypeError('There are too many files');
  const files: InputFile[] = [];
  for (const each of list) {
    // eslint-disable-next-line no-await-in-loop -- one after the other: each is held whole
    files.push(await inputFile({ core, each }));
  }
  plainArguments(before);
  return await invoke(subject, [...before, files, optionsOf(options)]);
}

async function inputFile({ core, each }: { core: Call['core']; each: unknown }) {
  if (typeof each === 'string') return await readInputFile(core.options.files, each);
  const { name, mimeType, buffer } = optionsOf(each);
  const isFile = typeof name === 'string' && typeof mimeType === 'string';
  // Playwright makes files of payloads alone, and takes any other text for a path of this machine.
  if (isFile && Buffer.isBuffer(buffer)) return { name, mimeType, buffer };
  throw new TypeError('setInputFiles takes paths, and files of { name, mimeType, buffer }');
}

/** A tag whose text comes from a file has the text. */
async function addTag({ core, subject, args }: Call): Promise<unknown> {
  const path = fieldOf(args[0], 'path');
  const options = optionsOf(args[0], 'path');
  if (path !== undefined) options.content = await readText(core.options.files, path);
  return await invoke(subject, [options]);
}

async function addInitScript({ core, subject, args }: Call): Promise<unknown> {
  const [script, argument] = args;
  const code = await initScript(core, script);
  addScript(core);
  await invoke(subject, argument === undefined ? [code] : [code, argument]);
  return undefined;
}

async function initScript(core: Call['core'], script: unknown): Promise<unknown> {
  if (typeof script === 'string') return { content: script };
  const path = fieldOf(script, 'path');
  if (path !== undefined) return { content: await readText(core.options.files, path) };
  const content = fieldOf(script, 'content');
  if (content !== undefined) return { content: String(content) };
  const code = pageFunction(script);
  if (typeof code === 'function') return code;
  throw new TypeError('addInitScript takes a function, a text, { content } or { path }');
}

async function saveAs({ core, subject, args }: Call): Promise<void> {
  const bytes = await bodyOf(subject.target as Download, MAX_FILE_BYTES);
  await writeBytes(core.options.files, args[0], bytes);
}

async function body({ subject }: Call): Promise<Uint8Array> {
  return await bodyOf(subject.target as Download, MAX_BROWSER_BYTES);
}

async function bodyOf(download: Download, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of await download.createReadStream()) {
    size += (piece as Buffer).byteLength;
    if (size > most) {
      throw new BrowserError('BrowserLimitError', `The download has more than ${most} bytes`);
    }
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces, size);
}

export const FILE_CALLS: Readonly<Record<string, SpecialCall>> = {
  '*.screenshot': picture,
  'Page.pdf': picture,
  '*.setInputFiles': setInputFiles,
  '*.addScriptTag': addTag,
  '*.addStyleTag': addTag,
  '*.addInitScript': addInitScript,
  'Download.saveAs': saveAs,
  'Download.$body': body,
};
