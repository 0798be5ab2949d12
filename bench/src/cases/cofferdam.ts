import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../contender.ts';
import { httpContender } from '../http-client.ts';
import { memoryOfTree, type ProcessMemory } from '../memory.ts';
import { startServer, type ServerProcess } from '../server-process.ts';
import { BODY, INPUT } from '../workload.ts';

const HERE = new URL('../../../', import.meta.url);

/** `cofferdam up` on a folder, as a user starts it, without its rate limit. */
export class Installation {
  readonly url: string;
  readonly #server: ServerProcess;
  readonly #folder: string;

  private constructor(server: ServerProcess, folder: string) {
    this.#server = server;
    this.#folder = folder;
    this.url = server.ready;
  }

  /** The folder has these files, by name. Of another checkout where one is named. */
  static async start(
    files: Readonly<Record<string, string>> = {},
    root = HERE,
  ): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'cofferdam-bench-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const args = [
      fileURLToPath(new URL('cli/bin/cofferdam.js', root)),
      'up',
      folder,
      '--port',
      '0',
      '--plain',
      '--no-demo',
      '--data-dir',
      join(folder, 'data'),
    ];
    const server = await startServer(process.execPath, args, {
      env: { ISOLATE_RATE_LIMIT: '0' },
      ready: /http:\/\/127\.0\.0\.1:\d+/,
    });
    return new Installation(server, folder);
  }

  memory(): ProcessMemory[] {
    return memoryOfTree(this.#server.pid);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await rm(this.#folder, { recursive: true });
  }

  /** A fresh isolate for each request. */
  fresh(): Contender {
    return httpContender({
      name: 'Cofferdam',
      about: 'a fresh isolate through the gateway over HTTP',
      url: `${this.url}/execute`,
      body: { code: BODY, input: INPUT },
      stop: async () => {},
    });
  }

  /** A warm isolate of the same script, a fresh context for each request. */
  reused(): Contender {
    return httpContender({
      name: 'Cofferdam, reuse: script',
      about: 'a fresh context in a warm isolate',
      url: `${this.url}/execute`,
      body: { code: BODY, input: INPUT, reuse: 'script' },
      stop: async () => {},
    });
  }
}
