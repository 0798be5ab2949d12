import { open, stat } from 'node:fs/promises';
import { CofferdamError } from '@cofferdam/protocol';
import type { Log } from '../log.ts';
import type { CallerSource } from './caller.ts';
import { MAX_TOKENS_FILE_BYTES, parseTokenEntries } from './token-entries.ts';
import { TokenTable } from './token-table.ts';

/**
 * A mounted Secret changes by a symbolic link being put in place of another, in a folder above the
 * file: watching that is a matter of luck, looking is not.
 */
const LOOK_MS = 2_000;

export interface TokensFileOptions {
  path: string;
  /** Milliseconds between looks at the file. Default 2 s. */
  lookMs?: number;
  log: Log;
}

/**
 * The tokens of a file, read again when it changes. Rejects with `INVALID_CONFIG` when it cannot be
 * read at first; later a broken or missing file keeps what was read before, and is logged.
 */
export async function openTokensFile(options: TokensFileOptions): Promise<CallerSource> {
  const { path, lookMs = LOOK_MS, log } = options;
  let version = await versionOf(path);
  let table = await readTable(path).catch((error: unknown) => {
    throw new CofferdamError('INVALID_CONFIG', `COFFERDAM_TOKENS_FILE ${path}: ${reasonOf(error)}`);
  });

  const look = async () => {
    const now = await versionOf(path);
    if (now === version) return;
    version = now;
    try {
      table = await readTable(path);
      log('info', 'the tokens file was read again', { path, tokens: table.size });
    } catch (error) {
      log('error', 'the tokens file is not taken; the tokens of before stay valid', {
        path,
        reason: reasonOf(error),
      });
    }
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = undefined));
  }, lookMs);
  timer.unref();

  return {
    find: async (token) => table.find(token),
    close: () => clearInterval(timer),
  };
}

/** Changes with whatever the path leads to, and with what is in it. */
async function versionOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return 'none';
  }
}

async function readTable(path: string): Promise<TokenTable> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > MAX_TOKENS_FILE_BYTES) throw new CofferdamError('INVALID_CONFIG', 'is over 1 MiB');
  return new TokenTable(parseTokenEntries(await file.readFile('utf8')));
}

function reasonOf(error: unknown): string {
  if (error instanceof CofferdamError) return error.message;
  return `cannot be read (${String((error as NodeJS.ErrnoException).code)})`;
}
