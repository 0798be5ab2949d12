import type { RunnerGateways } from '../../gateways/runner-gateway.ts';
import type { KubernetesClient, Pod } from '../../kubernetes/index.ts';
import type { Binder } from './binder.ts';
import type { Ledger } from './ledger.ts';
import type { PoolMemories } from './memory.ts';
import type { PodSettings } from './pod-template.ts';
import type { PoolBook } from './pool-book.ts';
import type { PoolWatch } from './pool-watch.ts';
import type { Reports } from './reports.ts';
import type { RunnerMaker } from './runner-maker.ts';
import type { StatusWriter } from './status-writer.ts';

/** What the steps of the controller work with. */
export interface PoolRoom {
  client: KubernetesClient;
  gateways: RunnerGateways;
  /** Where the runner pods are. */
  namespace: string;
  settings: PodSettings;
  watch: PoolWatch;
  book: PoolBook;
  ledger: Ledger;
  binder: Binder;
  reports: Reports;
  maker: RunnerMaker;
  writer: StatusWriter;
  /** Pods that are to go whatever their pool wants, and why. */
  discarded: Map<string, string>;
  memories: PoolMemories;
  now: () => number;
}

/** The pod as the cache has it, or as the API server answered when it was made. */
export function podOf(
  { watch, ledger }: Pick<PoolRoom, 'watch' | 'ledger'>,
  name: string,
): Pod | undefined {
  return watch.pod(name) ?? ledger.pod(name);
}
