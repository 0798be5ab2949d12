import type { ControlOutcome, PublishedScript, ResolvedScript } from '@cofferdam/protocol';
import type { GatewayPort } from '../gateway-port.ts';
import type { Gateways } from '../gateways/gateways.ts';
import type { ScriptView } from '../script-view.ts';

type Views = (key: string) => ScriptView | undefined;

/** The gateways of a cluster as the one that the scripts' keeper asks, told of what changes. */
export class ClusterGatewayPort implements GatewayPort<ControlOutcome> {
  readonly #gateways: Gateways;
  readonly #view: Views;
  #published = new Map<string, ResolvedScript>();

  constructor(gateways: Gateways, view: Views) {
    this.#gateways = gateways;
    this.#view = view;
  }

  run({ namespace, name }: ResolvedScript, ask: Parameters<GatewayPort['run']>[1]) {
    const { signal, onLog: _, ...rest } = ask;
    return this.#gateways.run({ script: { namespace, name }, ...rest }, signal);
  }

  compile(script: ResolvedScript, signal: AbortSignal) {
    return this.#gateways.compile(script, signal);
  }

  publish({ scripts }: { scripts: readonly ResolvedScript[] }): void {
    const before = this.#published;
    this.#published = new Map(scripts.map((script) => [keyOf(script), script]));
    for (const [key, script] of this.#published) if (before.get(key) !== script) this.tell(key);
    for (const key of before.keys()) if (!this.#published.has(key)) this.tell(key);
  }

  /** Tells the gateways how a script is now. */
  tell(key: string): void {
    const view = this.#view(key);
    if (!view) return this.#gateways.drop(key);
    const { namespace, name, generation, spec, status } = view;
    const script = this.#published.get(key);
    const published: PublishedScript = {
      ...{ namespace, name, generation, status },
      ...(spec ? { spec } : {}),
      ...(script ? { script } : {}),
    };
    this.#gateways.put(key, published);
  }
}

const keyOf = ({ namespace, name }: ResolvedScript) => `${namespace}/${name}`;
