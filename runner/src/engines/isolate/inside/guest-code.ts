import { readFileSync } from 'node:fs';
import type ivm from 'isolated-vm';
import { bootstrapCache } from './bootstrap-cache.ts';

const GENERATED = new URL('../../../../generated/guest/', import.meta.url);
/** Group names come from a guest: nothing else becomes a file name. */
const GROUP_NAME = /^[a-z][a-z-]{0,31}$/;

const texts = new Map<string, string>();

function read(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`${name}.js`, GENERATED), 'utf8');
    texts.set(name, text);
  }
  return text;
}

/** The source of a group of globals, evaluated in the guest when one of its names is touched. */
export function groupSource(name: string): string {
  if (!GROUP_NAME.test(name)) throw new TypeError('no such group');
  return read(name);
}

const BOOTSTRAPS = ['core', 'wasm'] as const;
type Bootstrap = (typeof BOOTSTRAPS)[number];

const caches = new Map<string, ivm.ExternalCopy<ArrayBuffer>>();

/** Makes the code caches of bootstraps, by default of all; without, each compiles in full. */
export async function rehearseBootstraps(names: readonly Bootstrap[] = BOOTSTRAPS): Promise<void> {
  for (const name of names) caches.set(name, await bootstrapCache(read(name), fileOf(name)));
}

/** A bootstrap, compiled in this isolate. */
export function compileBootstrap(isolate: ivm.Isolate, name: Bootstrap): ivm.Script {
  const filename = fileOf(name);
  const cachedData = caches.get(name);
  return isolate.compileScriptSync(read(name), { filename, ...(cachedData ? { cachedData } : {}) });
}

function fileOf(name: Bootstrap): string {
  return `cofferdam:${name}`;
}
