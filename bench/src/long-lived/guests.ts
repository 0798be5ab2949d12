import { createModuleResolver, type AppServer, type IsolateHost } from 'cofferdam';
import type { CreateAppServerOptions } from 'cofferdam';

/** An app server of this entry. */
export function serve(
  host: IsolateHost,
  code: string,
  options: Pick<CreateAppServerOptions, 'key' | 'webSockets'>,
): Promise<AppServer> {
  const modules = createModuleResolver().virtual('/server.js', code);
  return host.createAppServer({ ...options, entry: '/server.js', bindings: { modules } });
}
