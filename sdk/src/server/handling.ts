import { CofferdamError, type ServerHead } from '@cofferdam/protocol';
import type { BindingScope } from '../bindings/scope.ts';
import type { Connection } from '../connection/connection.ts';
import { abortError } from '../host/abort-error.ts';
import type { HandleOptions } from './types.ts';
import { beginExchange, type Exchange } from './exchange.ts';
import { requestFailure } from './failure.ts';
import { responseOf } from './response.ts';

export interface HandlingOptions extends Required<Omit<HandleOptions, 'signal'>> {
  signal: AbortSignal | undefined;
  scope: BindingScope;
  connection: Connection;
  /** Told once, when nothing more of the request is under way. */
  onOver(): void;
}

/** One request from the moment it is given to the guest to the end of its response. */
export class Handling {
  readonly #request: Request;
  readonly #options: HandlingOptions;
  readonly #signals: AbortSignal[];
  readonly #abort = new AbortController();
  readonly #served: Disposable;
  readonly #onAbort = () => this.#abort.abort();
  #broken: { error: unknown } | undefined;
  #isOver = false;

  /** Throws where the request is aborted already, or its id in use. */
  constructor(request: Request, options: HandlingOptions) {
    const { scope, requestId, metadata, signal } = options;
    this.#request = request;
    this.#options = options;
    this.#signals = [signal, request.signal].filter((one) => one instanceof AbortSignal);
    const aborted = this.#aborted;
    if (aborted) throw abortError(aborted, 'the signal was aborted before the request began');
    this.#served = scope.serve(requestId, { metadata, signal: this.#abort.signal });
    for (const one of this.#signals) one.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** The head of the answer; of a response the body is still to come, in {@link response}. */
  async begin(): Promise<{ head: ServerHead; response: () => Response }> {
    const { scope, requestId, connection } = this.#options;
    const release = connection.hold();
    try {
      const exchange = await beginExchange(connection.channel, this.#request, {
        ...{ runtimeId: scope.runtimeId, requestId },
        signal: this.#abort.signal,
        onBroken: (error) => this.#break(error),
      });
      const head = await exchange.head;
      return { head, response: () => this.#response(exchange, head) };
    } catch (error) {
      const failure = this.#failure(error);
      this.over();
      throw failure;
    } finally {
      release();
    }
  }

  over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const one of this.#signals) one.removeEventListener('abort', this.#onAbort);
    this.#served[Symbol.dispose]();
    this.#options.onOver();
  }

  #response({ call }: Exchange, head: ServerHead): Response {
    // Of a body that nobody reads nobody else would learn that its request is over. What has come of it stays here.
    const over = () => this.over();
    call.reply.then(over, over);
    return responseOf(head, {
      call,
      giveUp: () => this.#abort.abort(),
      over: () => this.over(),
      failure: (error) => this.#failure(error),
      hold: () => this.#options.connection.hold(),
    });
  }

  get #aborted(): AbortSignal | undefined {
    return this.#signals.find(({ aborted }) => aborted);
  }

  #break(error: unknown): void {
    this.#broken = { error };
    this.#abort.abort();
  }

  #failure(error: unknown): Error {
    if (!this.#broken) return requestFailure(error, this.#aborted);
    const { error: cause } = this.#broken;
    return new CofferdamError('CANCELLED', 'the body of the request broke off', { cause });
  }
}
