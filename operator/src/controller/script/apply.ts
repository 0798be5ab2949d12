import type { Scheduler } from '../../schedule/scheduler.ts';
import type { ScriptStore } from '../../status/script-store.ts';
import type { Decision } from './decide.ts';
import type { Gathered } from './gather.ts';
import type { Publisher } from './publisher.ts';

export interface ApplyOptions {
  store: ScriptStore;
  scheduler: Scheduler;
  publisher: Publisher;
}

/** Makes a decision true; answers whether the status is other than before. Synchronous: all or nothing. */
export function apply(
  key: string,
  { gathered, decision }: { gathered: Gathered; decision: Decision },
  { store, scheduler, publisher }: ApplyOptions,
): boolean {
  if (decision.kind === 'gone') {
    publisher.remove(key);
    scheduler.remove(key);
    return true;
  }
  const { status, publish, plan } = decision;
  if (publish) publisher.set(key, publish);
  else publisher.remove(key);
  if (plan) scheduler.set(key, plan, gathered.decided);
  else scheduler.remove(key);
  const changed = JSON.stringify(status) !== JSON.stringify(gathered.previous);
  if (changed) store.writeStatus(gathered.uid, status);
  return changed;
}
