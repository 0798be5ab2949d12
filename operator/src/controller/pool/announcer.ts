import type { ExpectedRunner, RunnerOwner } from '@cofferdam/protocol';
import type { RunnerGateways } from '../../gateways/runner-gateway.ts';
import type { Pod } from '../../kubernetes/index.ts';
import { POOL_LABEL, TOKEN_ANNOTATION } from './names.ts';
import { isAlive, ownerOf } from './runner-pod.ts';

/** Metadata services of clouds, and the internet: open means that no policy holds. */
const ALWAYS_CLOSED = ['169.254.169.254:80', '1.1.1.1:443'];
const KUBELET_PORT = 10_250;

const HASH = /^[0-9a-f]{64}$/;

/** Tells gateways which runners may dial: each thing once, and again when it has changed. */
export class Announcer {
  readonly #gateways: RunnerGateways;
  readonly #apiServerAddress: string;
  /** What was said of each runner. */
  readonly #said = new Map<string, ExpectedRunner>();
  readonly #leaving = new Set<string>();

  constructor(gateways: RunnerGateways, apiServerAddress: string) {
    this.#gateways = gateways;
    this.#apiServerAddress = apiServerAddress;
  }

  /** The pod as it is now. */
  announce(pod: Pod): void {
    const { name } = pod.metadata;
    if (!isAlive(pod)) return this.#leave(pod);
    const before = this.#said.get(name);
    // A copy from before it had an owner takes the owner from nobody.
    const runner = this.#expected(pod, ownerOf(pod) ?? before?.owner);
    if (!runner || JSON.stringify(before) === JSON.stringify(runner)) return;
    this.#said.set(name, runner);
    this.#gateways.expect(runner);
  }

  /** The pod is no more. */
  forget(name: string): void {
    this.#leaving.delete(name);
    if (this.#said.delete(name)) this.#gateways.forget(name);
  }

  /** Runs under way may end within the pod's grace; new ones go elsewhere. */
  #leave({ metadata: { name } }: Pod): void {
    if (!this.#said.has(name) || this.#leaving.has(name)) return;
    this.#leaving.add(name);
    this.#gateways.retire(name, 'its pod is going');
  }

  #expected(pod: Pod, owner: RunnerOwner | undefined): ExpectedRunner | undefined {
    const { name, labels, annotations } = pod.metadata;
    const tokenSha256 = annotations?.[TOKEN_ANNOTATION] ?? '';
    const pool = labels?.[POOL_LABEL];
    if (pool === undefined || !HASH.test(tokenSha256)) return undefined;
    return {
      runnerId: name,
      tokenSha256,
      pool,
      ...(owner ? { owner } : {}),
      lasting: true,
      mustNotReach: [this.#apiServerAddress, ...kubeletOf(pod), ...ALWAYS_CLOSED],
    };
  }
}

function kubeletOf({ status }: Pod): string[] {
  const address = status?.hostIP;
  if (address === undefined) return [];
  return [address.includes(':') ? `[${address}]:${KUBELET_PORT}` : `${address}:${KUBELET_PORT}`];
}
