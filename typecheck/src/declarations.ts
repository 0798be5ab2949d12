import { readFileSync } from 'node:fs';

/** A `.d.ts` file. */
export interface DeclarationFile {
  /** Such as `fetch.d.ts`; they refer to each other as files of one folder. */
  name: string;
  content: string;
}

const FOLDER = new URL('../types/', import.meta.url);
const REFERENCE = /^\/\/\/ <reference path="\.\/([\w-]+)\.d\.ts" \/>$/gm;
const cache = new Map<string, string>();

/** The named groups of declarations, and those that they refer to, each once and after what it needs. */
export function declarationsOf(groups: readonly string[]): DeclarationFile[] {
  const found = new Map<string, DeclarationFile>();
  for (const group of groups) collect(group, found);
  return [...found.values()];
}

function collect(group: string, found: Map<string, DeclarationFile>): void {
  if (found.has(group)) return;
  const content = read(group);
  for (const [, other] of content.matchAll(REFERENCE)) collect(other!, found);
  found.set(group, { name: `${group}.d.ts`, content });
}

/** Names come from our own tables and files alone. */
function read(group: string): string {
  let content = cache.get(group);
  if (content === undefined) {
    content = readFileSync(new URL(`${group}.d.ts`, FOLDER), 'utf8');
    cache.set(group, content);
  }
  return content;
}
