import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { CofferdamError } from '@cofferdam/protocol/base';
import type { Access, AccessSource } from './endpoint.ts';

const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubelet replaces a token at 80 % of its life (of an hour by default), so the old one is good for minutes still. */
const REREAD_MS = 60_000;

export interface InClusterOptions {
  environment: NodeJS.ProcessEnv;
  folder?: string | undefined;
  now?: (() => number) | undefined;
}

/**
 * Access with the pod's service account. Written here, since client-node costs a process 84 MiB of
 * memory where this needs two files and two variables.
 */
export class InCluster implements AccessSource {
  readonly server: URL;
  readonly #folder: string;
  readonly #now: () => number;
  #held: { access: Access; readAt: number } | undefined;

  constructor({ environment, folder, now }: InClusterOptions) {
    this.server = serverOf(environment);
    this.#folder = folder ?? SERVICE_ACCOUNT_FOLDER;
    this.#now = now ?? (() => performance.now());
  }

  async read(fresh: boolean): Promise<Access> {
    const now = this.#now();
    if (!fresh && this.#held && now - this.#held.readAt < REREAD_MS) return this.#held.access;
    const [token, ca] = await Promise.all([this.#file('token'), this.#file('ca.crt')]);
    const access = { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
    this.#held = { access, readAt: now };
    return access;
  }

  async #file(name: string): Promise<string> {
    const path = join(this.#folder, name);
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw new CofferdamError(
        'INVALID_CONFIG',
        `the service account file ${path} cannot be read`,
        {
          cause,
        },
      );
    }
  }
}

function serverOf(environment: NodeJS.ProcessEnv): URL {
  const host = environment.KUBERNETES_SERVICE_HOST;
  const port = environment.KUBERNETES_SERVICE_PORT ?? '443';
  if (host === undefined || host === '') {
    throw new CofferdamError(
      'INVALID_CONFIG',
      'no cluster is configured: set KUBECONFIG, or run in a pod with a service account',
    );
  }
  return new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
}
