import { CofferdamError } from '@cofferdam/protocol';
import type { OpenContext } from '../host/open-runtime.ts';
import type { ScriptRuntime } from '../types.ts';
import { openAppServer, type GuestAppServer } from './app-server.ts';
import { readAppServerOptions } from './options.ts';
import type { AppServer } from './types.ts';

/** The app servers of one host. */
export class Servers {
  /** By key; `undefined` while its entry is being evaluated. */
  readonly #servers = new Map<string, GuestAppServer | undefined>();
  /** Of all of them, with those that are being opened. */
  readonly #runtimes = new Set<ScriptRuntime>();

  get size(): number {
    return [...this.#servers.values()].filter(Boolean).length;
  }

  async create(given: unknown, context: () => OpenContext): Promise<AppServer> {
    const options = readAppServerOptions(given);
    const { key } = options;
    const open = context();
    if (this.#servers.has(key)) {
      const message = `there is a server with key '${key}' already: dispose of it first`;
      throw new CofferdamError('INVALID_INPUT', message);
    }
    this.#servers.set(key, undefined);
    const onEnd = () => this.#servers.delete(key);
    try {
      const runtimes = this.#runtimes;
      const server = await openAppServer(options, { ...open, runtimes, onEnd });
      this.#servers.set(key, server);
      return server;
    } catch (error) {
      onEnd();
      throw error;
    }
  }

  async endAll(reason: string): Promise<void> {
    const servers = [...this.#servers.values()].map((server) => server?.dispose({ reason }));
    await Promise.all(servers);
    await Promise.all([...this.#runtimes].map((runtime) => runtime.dispose({ reason })));
  }
}
