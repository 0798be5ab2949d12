import { randomBytes } from 'node:crypto';
import { rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTarget as startListener } from '../../e2e/test/targets.ts';

/** What nobody may see: each begins with the text that the evidence kit looks for. */
const secret = (of: string) => `canary-${of}-${randomBytes(6).toString('hex')}`;
const LONG_AGO = new Date(Date.now() - 3 * 24 * 3_600_000);

/** What lies about for an attempt to get at, and how one sees from outside that none did. */
export interface Canaries extends AsyncDisposable {
  neighbour: string;
  environment: string;
  /** The path of a file whose content is a canary. */
  file: string;
  /** The origin of a server on this machine. */
  listener: string;
  /** Puts the real names into an attempt. */
  filled(code: string): string;
  /** Connections to the server, and whether the file was read as far as the file system tells. */
  touched(): Promise<{ connections: number; read: boolean }>;
}

export async function layCanaries(): Promise<Canaries> {
  const server = await startListener();
  const file = join(tmpdir(), `attack-${randomBytes(6).toString('hex')}.txt`);
  await writeFile(file, secret('file'));
  await utimes(file, LONG_AGO, LONG_AGO);
  return {
    neighbour: secret('neighbour'),
    environment: secret('environment'),
    file,
    listener: server.url,
    filled: (code) => code.replaceAll('LISTENER', server.url).replaceAll('CANARY_FILE', file),
    async touched() {
      const { atimeMs } = await stat(file);
      return { connections: server.connections, read: atimeMs > LONG_AGO.getTime() + 1_000 };
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(file);
    },
  };
}
