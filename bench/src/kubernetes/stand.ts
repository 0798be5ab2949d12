import {
  connect,
  pods,
  sandboxRuns,
  sandboxScripts,
  type KubernetesClient,
} from '@cofferdam/operator/kubernetes';
import { install, type Installation } from '../../../e2e/install/installation.ts';
import { post } from '../http-client.ts';
import { Watched } from './watched.ts';

// eslint-disable-next-line typescript/no-explicit-any -- bodies of every shape
type Answer = any;

/** An installation with what the measurements need around it. */
export interface Stand {
  readonly installation: Installation;
  readonly client: KubernetesClient;
  readonly scripts: Watched;
  readonly runs: Watched;
  readonly pods: Watched;
  /** A namespace in which the stand's account may run. */
  namespace(name: string): Promise<void>;
  headers(namespace: string): Record<string, string>;
  /** Posts to the gateway's Service for a namespace; throws unless it is answered with 200. */
  post(namespace: string, path: string, body: unknown): Promise<Answer>;
  get(namespace: string, path: string): Promise<Answer>;
  stop(): Promise<void>;
}

/** The account's own namespace. */
export const HOME = 'home';

export async function startStand(...values: string[]): Promise<Stand> {
  const installation = await install(...values);
  const { kubeconfig } = installation.cluster;
  const client = await connect({ kubeconfig, userAgent: 'cofferdam-bench' });
  await installation.kubectl(
    ...['create', 'clusterrolebinding', 'caller', '--clusterrole=edit'],
    `--serviceaccount=${HOME}:caller`,
  );
  const token = await installation.token();
  const watched = {
    scripts: new Watched(client, sandboxScripts),
    runs: new Watched(client, sandboxRuns),
    pods: new Watched(client, pods),
  };
  const headers = (namespace: string) => ({
    authorization: `Bearer ${token}`,
    'x-cofferdam-namespace': namespace,
  });
  return {
    installation,
    client,
    ...watched,
    headers,
    async namespace(name) {
      await installation.kubectl('create', 'namespace', name);
    },
    async post(namespace, path, body) {
      const url = `${installation.url}${path}`;
      const answer = await post(url, JSON.stringify(body), headers(namespace));
      if (answer.status === 200) return answer.body;
      throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    },
    async get(namespace, path) {
      const answer = await fetch(`${installation.url}${path}`, { headers: headers(namespace) });
      if (answer.status === 200) return answer.json();
      throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    },
    async stop() {
      await Promise.all(Object.values(watched).map((each) => each.close()));
      client.close();
      await installation.stop();
    },
  };
}
