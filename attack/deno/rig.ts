import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from '../../gateway/test/http-rig.ts';
import { startTarget, targetName, type Target } from '../src/target.ts';
import type { Place } from './attempts/attempt.ts';

const ENVIRONMENT = 'CANARY_OF_THE_HOST';

/** An instance, and around it all that a script shall not come to. */
export class Rig implements AsyncDisposable {
  readonly target: Target;
  readonly place: Place;
  /** Connections and datagrams that came to the listeners. */
  heard = 0;
  readonly #canaries: readonly string[];
  readonly #folder: string;
  readonly #stops: (() => void)[] = [];

  private constructor(target: Target, folder: string, canaries: readonly string[]) {
    this.target = target;
    this.#folder = folder;
    this.#canaries = canaries;
    const mine = join(folder, 'canaries');
    const own = targetName === 'process';
    // A container has none of this machine's files: there a file of its own is what is tried for.
    const file = own ? join(mine, 'canary') : '/etc/hostname';
    const socket = join(folder, 'listener.sock');
    this.place = { file, folder: own ? mine : '/tmp', environment: ENVIRONMENT, socket, port: 0 };
  }

  static async start(): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'attack-deno-'));
    const canaries = Array.from({ length: 2 }, () => `canary-${randomBytes(12).toString('hex')}`);
    await mkdir(join(folder, 'canaries'));
    await writeFile(join(folder, 'canaries/canary'), canaries[0]!);
    const rig = new Rig(
      await startTarget({ env: { [ENVIRONMENT]: canaries[1] } }),
      folder,
      canaries,
    );
    rig.place.port = await rig.#listen(0);
    await rig.#listen(rig.place.socket);
    await rig.#receive();
    return rig;
  }

  /** What of the canaries is in the answer, or was changed. */
  leaked({ text }: Answer): string[] {
    return this.#canaries.filter((canary) => text.includes(canary));
  }

  /** Whether the canary is as it was, alone in its folder. */
  async untouched(): Promise<boolean> {
    const folder = join(this.#folder, 'canaries');
    const names = await readdir(folder);
    const text = await readFile(join(folder, 'canary'), 'utf8');
    return names.join() === 'canary' && text === this.#canaries[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.target[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true });
  }

  async #listen(at: number | string): Promise<number> {
    const server: Server = createServer((socket) => {
      this.heard += 1;
      socket.destroy();
    });
    if (typeof at === 'number') server.listen(at, '127.0.0.1');
    else server.listen(at);
    await once(server, 'listening');
    this.#stops.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }

  async #receive(): Promise<void> {
    const socket = createSocket('udp4').on('message', () => (this.heard += 1));
    socket.bind(this.place.port, '127.0.0.1');
    await once(socket, 'listening');
    this.#stops.push(() => socket.close());
  }
}

const NEIGHBOUR = `console.log('mine'); await new Promise((done) => setTimeout(done, 400)); return 'mine'`;

/** Runs beside what is tried: of another tenant and of the same, in both engines. */
export function neighbours(target: Target): Promise<Answer>[] {
  return ['birch', 'ash'].flatMap((tenant) => [
    target.run({ code: NEIGHBOUR, timeout: 20_000 }, { engine: 'deno', tenant }),
    target.run({ code: NEIGHBOUR, timeout: 20_000, preset: 'web' }, { tenant }),
  ]);
}

/** Until each tenant has its runner and processes: what is slow to start is not what is tried. */
export async function warm(target: Target): Promise<void> {
  for (let i = 0; i < 10; i++) {
    // eslint-disable-next-line no-await-in-loop -- again
    const answers = await Promise.all(neighbours(target));
    if (answers.every((answer) => disturbed(answer) === undefined)) return;
  }
}

/** What is not as it should be with a neighbour. */
export function disturbed({ body }: Answer): string | undefined {
  const { success, result, logs, stats } = body;
  const lines = logs?.map(({ message }: { message: string }) => message).join();
  const well = success === true && result === 'mine' && lines === 'mine' && stats.attempts === 1;
  return well ? undefined : JSON.stringify(body).slice(0, 300);
}
