import { CofferdamError, type CatalogueChange, type PublishedScript } from '@cofferdam/protocol';
import type { GatewayCore } from '../core/core.ts';
import type { RunOutcome } from '../core/intent.ts';
import type { ScriptAsk, ScriptDirectory, ScriptView } from '../core/scripts.ts';
import type { FinishedRunNotice } from './operator-link.ts';

export interface PublishedScriptsOptions {
  core: Pick<GatewayCore, 'catalogue' | 'runs'>;
  /** Told of every run that came over HTTP. */
  onRun: (run: FinishedRunNotice) => void;
}

/** The scripts as the operator published them last; they stay through its absence. */
export class PublishedScripts implements ScriptDirectory {
  readonly #options: PublishedScriptsOptions;
  readonly #scripts = new Map<string, PublishedScript>();
  readonly #running = new Map<string, number>();

  constructor(options: PublishedScriptsOptions) {
    this.#options = options;
  }

  apply({ put, drop: dropped, only }: CatalogueChange): void {
    const kept = only && new Set(only);
    const others = kept ? [...this.#scripts.keys()].filter((key) => !kept.has(key)) : [];
    const drop = [...dropped, ...others];
    for (const key of drop) this.#scripts.delete(key);
    for (const script of put) this.#scripts.set(keyOf(script), script);
    const runnable = put.flatMap(({ script }) => (script ? [script] : []));
    const gone = put.filter(({ script }) => !script).map(keyOf);
    this.#options.core.catalogue.change({ put: runnable, drop: [...drop, ...gone] });
  }

  list(): ScriptView[] {
    return [...this.#scripts.values()].map((script) => this.#view(script));
  }

  get(namespace: string, name: string): ScriptView | undefined {
    const script = this.#scripts.get(keyOf({ namespace, name }));
    return script && this.#view(script);
  }

  async runNow(namespace: string, name: string, ask: ScriptAsk): Promise<RunOutcome> {
    const { core, onRun } = this.#options;
    const key = keyOf({ namespace, name });
    const script = core.catalogue.get(namespace, name);
    if (!script) throw this.#notReady(key);
    this.#running.set(key, (this.#running.get(key) ?? 0) + 1);
    try {
      const outcome = await core.runs.execute(await core.catalogue.intent(script, ask));
      onRun({ uid: script.uid, namespace, name, outcome, trigger: ask.trigger });
      return outcome;
    } finally {
      const left = this.#running.get(key)! - 1;
      if (left > 0) this.#running.set(key, left);
      else this.#running.delete(key);
    }
  }

  #notReady(key: string): CofferdamError {
    const known = this.#scripts.get(key);
    if (!known) return new CofferdamError('SCRIPT_NOT_FOUND', `no script ${key}`);
    const ready = known.status.conditions.find(({ type }) => type === 'Ready');
    const why = ready ? `${ready.reason}: ${ready.message}` : 'it has just been applied';
    return new CofferdamError('SCRIPT_NOT_READY', `${key} is not ready: ${why}`);
  }

  #view(published: PublishedScript): ScriptView {
    const { script: _, ...view } = published;
    return { ...view, running: this.#running.get(keyOf(published)) ?? 0 };
  }
}

const keyOf = ({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`;
