import {
  CofferdamError,
  relayCall,
  SERVER_METHODS,
  type Channel,
  type IncomingCall,
} from '@cofferdam/protocol';

type Answerer = (call: IncomingCall) => Promise<unknown>;

/** Which embedder each runtime of each runner belongs to. */
export class RuntimeRoutes {
  readonly #routes = new Map<Channel, Map<string, Answerer>>();

  /** Throws `PROTOCOL_VIOLATION` for an id that the runner has given to another runtime. */
  add(runner: Channel, runtimeId: string, embedder: Channel): void {
    this.serve(runner, runtimeId, async (call) => {
      // Its fetch binding is its way out.
      if (call.method === SERVER_METHODS.ticket) throw new CofferdamError('RUNTIME_ENDED');
      return relayCall(call, embedder);
    });
  }

  /** As {@link add}, of a runtime whose embedder this gateway is. */
  serve(runner: Channel, runtimeId: string, answer: Answerer): void {
    const runtimes = this.#routes.get(runner) ?? new Map<string, Answerer>();
    if (runtimes.has(runtimeId)) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'a runtime’s id is in use');
    }
    this.#routes.set(runner, runtimes.set(runtimeId, answer));
  }

  delete(runner: Channel, runtimeId: string): void {
    const runtimes = this.#routes.get(runner);
    runtimes?.delete(runtimeId);
    if (runtimes?.size === 0) this.#routes.delete(runner);
  }

  /** Passes a guest's call of a binding on to the embedder whose runtime it is. */
  relay(runner: Channel, call: IncomingCall): Promise<unknown> {
    const { runtimeId } = Object(call.payload) as { runtimeId?: unknown };
    const known =
      typeof runtimeId === 'string' ? this.#routes.get(runner)?.get(runtimeId) : undefined;
    if (!known) throw new CofferdamError('RUNTIME_ENDED');
    return known(call);
  }
}
