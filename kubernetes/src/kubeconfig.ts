import type { Agent, RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { CofferdamError } from '@cofferdam/protocol/base';
import type { Access, AccessSource } from './endpoint.ts';

/**
 * Access as a kubeconfig describes it: with certificates, tokens, exec plugins or OpenID Connect.
 * client-node reads it. It is loaded here only, since it costs a process 84 MiB; and its own calls
 * are not used, since each opens a connection of its own, and its watch ends after 30 quiet seconds.
 */
export async function kubeconfigAccess(path?: string): Promise<AccessSource> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (cause) {
    throw new CofferdamError('INVALID_CONFIG', `the kubeconfig ${path ?? ''} cannot be read`, {
      cause,
    });
  }
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new CofferdamError('INVALID_CONFIG', 'the kubeconfig has no current context');
  }
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:') {
    throw new CofferdamError('INVALID_CONFIG', `the kubeconfig's server ${server} is no https URL`);
  }
  return { server: new URL(server), read: () => read(config) };
}

async function read(config: KubeConfig): Promise<Access> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  const headers = { ...(options.headers as Record<string, string> | undefined) };
  if (typeof options.auth === 'string') {
    headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  const proxy = config.getCurrentCluster()?.proxyUrl ? (options.agent as Agent) : undefined;
  return { headers, tls: { ca, cert, key, rejectUnauthorized, servername }, proxy };
}
