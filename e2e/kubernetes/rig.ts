import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connect, type KubernetesClient } from '@cofferdam/operator/kubernetes';
import type { ApiServer } from '../cluster/api-server.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A client whose way to the API server leads through a proxy that can fail. */
export interface ProxiedClient {
  client: KubernetesClient;
  proxy: TcpProxy;
  kubeconfig: string;
  close(): Promise<void>;
}

export async function connectThroughProxy(
  api: ApiServer,
  userAgent: string,
): Promise<ProxiedClient> {
  const proxy = await startTcpProxy(Number(new URL(api.url).port));
  const text = await readFile(api.kubeconfig, 'utf8');
  // Beside the original, whose paths are relative.
  const kubeconfig = path.join(path.dirname(api.kubeconfig), `proxy-${proxy.port}`);
  await writeFile(kubeconfig, text.replace(api.url, `https://127.0.0.1:${proxy.port}`));
  const client = await connect({ kubeconfig, userAgent });
  const close = async () => {
    client.close();
    await proxy.close();
  };
  return { client, proxy, kubeconfig, close };
}

export interface AuditedRequest {
  verb: string;
  requestURI: string;
  userAgent: string;
  stage: string;
  responseStatus?: { code: number };
}

/** The requests that an agent has made, by verb: a watch counts once it has begun. */
export async function requestsOf(
  api: ApiServer,
  userAgent: string,
  verb: string,
): Promise<AuditedRequest[]> {
  const stage = verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete';
  const lines = (await readFile(api.auditLog, 'utf8')).trimEnd().split('\n');
  return lines
    .map((line) => JSON.parse(line) as AuditedRequest)
    .filter((request) => request.userAgent === userAgent)
    .filter((request) => request.verb === verb && request.stage === stage);
}
