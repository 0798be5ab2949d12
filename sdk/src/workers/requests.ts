import type { HostCallContext, ToolHandler } from '../types.ts';
import { readMessage } from './json.ts';
import type { WorkerRequestHandler } from './types.ts';

/** What the platform of a worker asks on its own: nothing else reaches their handlers. */
const RESERVED: Readonly<Record<string, string>> = { fetch: 'fetch()', websocket: 'WebSocket' };

/** What the host answers to a worker, by method. */
export class Requests {
  readonly #handlers = new Map<string, WorkerRequestHandler>();

  set(method: string, handler: WorkerRequestHandler): void {
    this.#handlers.set(method, handler);
  }

  /** Throws a TypeError where there is none. */
  handler(method: string): WorkerRequestHandler {
    const handler = this.#handlers.get(method);
    if (handler) return handler;
    throw new TypeError(`the host answers no request '${method}'`);
  }

  /** Answers `NETWORK.request`: JSON text both ways. */
  readonly answer: ToolHandler = async (...given: unknown[]): Promise<string | undefined> => {
    const context = given.at(-1) as HostCallContext;
    const asked = readMessage(given.slice(0, -1));
    if (!asked) throw new TypeError('a request has a method');
    const { name, data } = asked;
    if (Object.hasOwn(RESERVED, name)) {
      throw new TypeError(`'${name}' is asked by ${RESERVED[name]} itself`);
    }
    const handler = this.handler(name);
    return JSON.stringify(await handler(data, context)) as string | undefined;
  };
}
