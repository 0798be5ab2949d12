import { CofferdamError } from '@cofferdam/protocol';
import { openRuntime, type OpenContext } from '../host/open-runtime.ts';
import { readRuntimeOptions } from '../options/runtime-options.ts';
import { TestListeners } from '../tests/test-listeners.ts';
import { OpenTestRuntime, readTestRuntimeOptions } from '../tests/test-runtime.ts';
import type { ToolHandler } from '../types.ts';
import type { Parent } from './bindings.ts';
import { childMethods, disposeChild } from './child-methods.ts';
import { aGuestKey, aHostNumber, childOptions } from './child-options.ts';
import { Child, Children, type ChildParts, type Handle } from './children.ts';
import type { NestedHosts, Opener } from './nested-hosts.ts';
import { NestedSessions } from './nested-sessions.ts';
import type { Quota, ResourceStyle, Slot } from './quota.ts';

export interface BrokerParts extends Parent {
  quota: Quota;
  opener: Opener;
  /** What gives the children nested hosts of their own. */
  nested: NestedHosts;
}

/** A handle, and what its guest is told of it. */
interface Made {
  handle: Handle;
  about: object;
}

const CLOSED = 'the nested host was closed';

/** Opens and serves the children of one guest, and ends them with it. */
export class Broker {
  readonly #parts: BrokerParts;
  readonly #children = new Children();
  readonly #sessions: NestedSessions;
  /** Those that are being opened. */
  readonly #openings = new Set<Child>();
  readonly #methods: ReadonlyMap<string, ToolHandler>;
  #over: CofferdamError | undefined;

  constructor(parts: BrokerParts) {
    this.#parts = parts;
    this.#sessions = new NestedSessions(parts);
    const { policy } = parts;
    const ofChildren = childMethods({ children: this.#children, policy });
    this.#methods = new Map(Object.entries({ ...this.#hostMethods(), ...ofChildren }));
  }

  handler(method: string): ToolHandler | undefined {
    return this.#methods.get(method);
  }

  /** Ends everything, and what is being opened as soon as it is. */
  async close(reason: string): Promise<void> {
    this.#over ??= new CofferdamError('RUNTIME_ENDED', reason);
    await this.#end(this.#over);
  }

  /** Each has the number of the nested host first. */
  #hostMethods(): Record<string, ToolHandler> {
    const methods: Record<string, (host: number, ...args: unknown[]) => Promise<unknown>> = {
      createRuntime: (host, options) => this.#createRuntime(host, options),
      createTestRuntime: (host, options) => this.#createTests(host, options),
      createAppServer: (host, options) => this.#createServer(host, options),
      // eslint-disable-next-line max-params -- what the message has
      getNamespacedRuntime: (host, key, options) => this.#session(host, key, options),
      // eslint-disable-next-line max-params
      disposeNamespace: (host, key, options) => this.#disposeNamespace(host, key, options),
      hostDiagnostics: async (host) => this.#diagnostics(host),
      close: async (host) => await this.#end(new CofferdamError('RUNTIME_ENDED', CLOSED), host),
    };
    const checked = Object.entries(methods).map(([name, run]): [string, ToolHandler] => [
      name,
      (host: unknown, ...args: unknown[]) => run(aHostNumber(host, 'host'), ...args),
    ]);
    return Object.fromEntries(checked);
  }

  async #createRuntime(host: number, options: unknown): Promise<object> {
    const ends: ChildParts['ends'] = [];
    const read = readRuntimeOptions(childOptions(options, { ...this.#parts, ends }));
    const parts = { host, style: 'script' as const, slot: this.#take('runtime'), ends };
    return await this.#open(new Child(parts), async (context) => {
      const handle = await openRuntime(read, context);
      return { handle, about: { id: handle.id } };
    });
  }

  async #createTests(host: number, options: unknown): Promise<object> {
    const ends: ChildParts['ends'] = [];
    const read = readTestRuntimeOptions(childOptions(options, { ...this.#parts, ends }));
    const listeners = new TestListeners();
    const onPost = (event: string, value: unknown) => listeners.take(event, value);
    const parts = { host, style: 'tests' as const, slot: this.#take('runtime'), ends };
    return await this.#open(new Child(parts), async (context) => {
      const runtime = await openRuntime({ ...read, hooks: { onPost } }, context);
      const handle = new OpenTestRuntime(runtime, listeners);
      return { handle, about: { id: handle.id } };
    });
  }

  async #createServer(host: number, options: unknown): Promise<object> {
    const { opener, scope, policy } = this.#parts;
    const ends: ChildParts['ends'] = [];
    const read = childOptions(options, { ...this.#parts, ends });
    const key = aGuestKey(read.key, 'key');
    const full = { ...read, key: `nested:${scope.runtimeId}:${host}:${key}` };
    const parts = { host, style: 'server' as const, slot: this.#take('server'), ends, key };
    const child = new Child(parts);
    const lifetime = policy.maxAppServerLifetimeMs;
    return await this.#open(child, async ({ over: _over, ...context }) => {
      const handle = await opener.servers.create(full, () => context);
      if (lifetime !== undefined) child.endAfter(lifetime, () => void expire(child, lifetime));
      return { handle, about: { key } };
    });
  }

  async #session(host: number, given: unknown, options: unknown): Promise<object> {
    const key = aGuestKey(given, 'key');
    const ends: ChildParts['ends'] = [];
    const read = childOptions(options, { ...this.#parts, ends });
    this.#check();
    const session = this.#sessions.enter(host, key);
    const parts: ChildParts = { host, style: 'session', slot: session, ends, key };
    return await this.#open(new Child(parts), async (context) => {
      const handle = await session.open(read, context);
      return { handle, about: { id: handle.id, key, created: handle.created } };
    });
  }

  async #disposeNamespace(host: number, key: unknown, options: unknown): Promise<void> {
    await this.#sessions.dispose(host, aGuestKey(key, 'key'), options);
  }

  #diagnostics(host: number): object {
    const children = this.#children.of(host);
    const servers = children.filter(({ parts }) => parts.style === 'server').length;
    return { runtimes: children.length - servers, servers, connected: this.#over === undefined };
  }

  #take(style: ResourceStyle): Slot {
    this.#check();
    return this.#parts.quota.take(style);
  }

  #check(): void {
    if (this.#over) throw this.#over;
  }

  /** What is opened while its host is closed is ended, and nobody hears that it was there. */
  async #open(child: Child, make: (context: OpenContext) => Promise<Made>): Promise<object> {
    const { opener, nested } = this.#parts;
    const { signal } = child.life;
    this.#openings.add(child);
    try {
      const over = () => child.end();
      const { handle, about } = await make({ ...opener.context(), nested, signal, over });
      child.handle = handle;
      const id = this.#children.add(child);
      if (child.closed) await disposeChild(child, { hard: true });
      else return { child: id, ...about };
    } catch (error) {
      child.end();
      if (!child.closed) throw error;
    } finally {
      this.#openings.delete(child);
    }
    throw child.closed;
  }

  async #end(reason: CofferdamError, host?: number): Promise<void> {
    for (const child of this.#openings) {
      if (host !== undefined && child.parts.host !== host) continue;
      child.closed ??= reason;
      child.life.abort(reason);
    }
    const options = { hard: true, reason: reason.message.slice(0, 1_024) };
    const ended = this.#children.of(host).map((child) => disposeChild(child, options));
    await Promise.allSettled(ended);
    await this.#sessions.endAll(reason.message, host);
  }
}

async function expire(child: Child, lifetime: number): Promise<void> {
  const reason = `the lifetime of a nested server is over: ${lifetime} ms`;
  await disposeChild(child, { reason }).catch(() => {});
}
