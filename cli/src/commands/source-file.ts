import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { MAX_CODE_BYTES, type Language } from '@cofferdam/protocol';
import { parseFile, type ParsedFile } from '@cofferdam/operator';
import { UsageError } from '../usage-error.ts';

export type SourceFile =
  { kind: 'code'; code: string; language: Language } | { kind: 'resources'; parsed: ParsedFile };

const LANGUAGES: Record<string, Language> = {
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.ts': 'typescript',
  '.mts': 'typescript',
};

/** Reads a script or a file of resources; what a person got wrong is a UsageError. */
export async function readSourceFile(path: string): Promise<SourceFile> {
  const extension = extname(path).toLowerCase();
  const language = LANGUAGES[extension];
  if (!language && extension !== '.yaml' && extension !== '.yml') {
    throw new UsageError(`${path} is neither .js nor .ts nor .yaml`);
  }
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new UsageError(`${path} ${why}`);
  });
  if (!language) return { kind: 'resources', parsed: parseFile(path, text) };
  if (Buffer.byteLength(text) > MAX_CODE_BYTES)
    throw new UsageError(`${path} is larger than 1 MiB`);
  return { kind: 'code', code: text, language };
}
