import type { BindingScope } from '../bindings/scope.ts';
import type { OpenContext } from '../host/open-runtime.ts';
import type { Servers } from '../server/servers.ts';
import type { Namespaces } from '../sessions/namespace.ts';
import type { ToolHandler } from '../types.ts';
import { Broker } from './broker.ts';
import { cutPolicy, type Policy } from './policy.ts';
import { Quota } from './quota.ts';

/** The host on whose connection children are opened. */
export interface Opener {
  /** Throws where nothing can be opened any more. */
  context(): OpenContext;
  readonly servers: Servers;
  readonly namespaces: Namespaces;
}

/** What the nested hosts of one guest are to whoever has its port. */
export interface NestedGuest {
  /** What answers a message of the guest's; `undefined` for what is none. */
  handler(method: string): ToolHandler | undefined;
  /** Ends its children. */
  close(reason: string): Promise<void>;
}

/** Gives guests their nested hosts, under what their parent may. */
export class NestedHosts {
  readonly #opener: Opener;
  readonly #parent: { policy: Policy; quota: Quota } | undefined;

  constructor(opener: Opener, parent?: { policy: Policy; quota: Quota }) {
    this.#opener = opener;
    this.#parent = parent;
  }

  /** Costs a guest that makes no nested host nothing. */
  begin(asked: Policy, scope: BindingScope): NestedGuest {
    let broker: Broker | undefined;
    return {
      handler: (method) => {
        broker ??= this.#broker(asked, scope);
        return broker.handler(method);
      },
      close: async (reason) => {
        await broker?.close(reason);
      },
    };
  }

  #broker(asked: Policy, scope: BindingScope): Broker {
    const policy = this.#parent ? cutPolicy(asked, this.#parent.policy) : asked;
    const quota = new Quota(policy, this.#parent?.quota);
    const nested = new NestedHosts(this.#opener, { policy, quota });
    return new Broker({ scope, policy, quota, opener: this.#opener, nested });
  }
}
