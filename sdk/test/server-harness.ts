import { afterEach, expect } from 'vitest';
import {
  createModuleResolver,
  type AppServer,
  type CreateAppServerOptions,
  type HostBindings,
  type IsolateHost,
  type WebSocketCommand,
} from '../src/index.ts';
import { until } from './harness.ts';

interface Serving extends Partial<Omit<CreateAppServerOptions, 'bindings'>> {
  bindings?: HostBindings;
}

export const url = (path: string) => `http://localhost${path}`;

/** An entry whose handler has this body, and the path of its request as `pathname`. */
export const handler = (body: string) =>
  `serve({ async fetch(request: Request, server) { const { pathname } = new URL(request.url); ${body} } })`;

/** Opens app servers on hosts. Nothing is left of any of them that is still there when its test is over. */
export function serversOn(openHost: () => Promise<IsolateHost>) {
  const opened: { host: IsolateHost; server: AppServer }[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await endIdle(one);
  });
  return async (code: string | (() => string), { bindings, ...options }: Serving = {}) => {
    const host = await openHost();
    const source = typeof code === 'string' ? code : async () => code();
    const commands: WebSocketCommand[] = [];
    const server = await host.createAppServer({
      key: 'one',
      entry: '/server.ts',
      bindings: { modules: createModuleResolver().virtual('/server.ts', source), ...bindings },
      webSockets: { onCommand: (command) => void commands.push(command) },
      ...options,
    });
    opened.push({ host, server });
    const get = async (
      path = '/',
      init: RequestInit = {},
      given: Parameters<AppServer['handle']>[1] = {},
    ) => {
      const result = await server.handle(new Request(url(path), init), given);
      if (result.type === 'websocket') throw new Error('it was upgraded');
      return result.response;
    };
    return { host, server, get, commands };
  };
}

async function endIdle({ host, server }: { host: IsolateHost; server: AppServer }): Promise<void> {
  const { connected } = await host.diagnostics();
  if (connected) {
    await until(async () => {
      const { activeRequests, connections, activeResources, draining } = await server.diagnostics();
      return activeRequests + connections + activeResources + draining === 0;
    });
  }
  await server.dispose();
  expect(await host.diagnostics()).toMatchObject({ runtimes: 0, servers: 0 });
}
