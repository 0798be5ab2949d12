import type { BrowserSession } from '../src/index.ts';

interface Tagged {
  $h: string;
  c: string;
  s?: Record<string, unknown>;
}

export interface Happened {
  n: number;
  object: string;
  event: string;
  value?: unknown;
}

/** What a guest's library says to a session: calls with their arguments as they go. */
export class TestGuest {
  readonly #session: BrowserSession;
  readonly states: Record<string, Record<string, unknown>> = {};
  bytes: Uint8Array | undefined;
  #seen = 0;

  constructor(session: BrowserSession) {
    this.#session = session;
  }

  async call(object: string | Tagged, method: string, ...args: unknown[]): Promise<unknown> {
    return await this.send({ object: idOf(object), method, args: JSON.stringify(args) });
  }

  async locator(
    object: Tagged,
    chain: [string, ...unknown[]][],
    method: string,
    ...args: unknown[]
  ) {
    const steps = chain.map(([name, ...given]): [string, string] => [name, JSON.stringify(given)]);
    return await this.send({
      ...{ object: object.$h, method, args: JSON.stringify(args) },
      chain: steps,
    });
  }

  async send(
    call: { object: string; method: string; args: string; chain?: [string, string][] },
    bytes?: Uint8Array,
  ): Promise<unknown> {
    const signal = new AbortController().signal;
    const { answer, bytes: answered } = await this.#session.call(call, bytes, signal);
    this.bytes = answered;
    const news = JSON.parse(answer.state ?? '{}') as TestGuest['states'];
    for (const [id, state] of Object.entries(news)) {
      this.states[id] = { ...this.states[id], ...state };
    }
    if (answer.error) {
      const { name, message } = answer.error;
      throw Object.assign(new Error(message), { name });
    }
    return answer.value === undefined ? undefined : JSON.parse(answer.value);
  }

  async context(options?: object): Promise<Tagged> {
    return (await this.call('browser', 'newContext', ...(options ? [options] : []))) as Tagged;
  }

  async page(context?: Tagged): Promise<Tagged> {
    return (await this.call(context ?? (await this.context()), 'newPage')) as Tagged;
  }

  /** Waits until something of this name has happened, and answers all that has since the last time. */
  async until(event: string): Promise<Happened[]> {
    const all: Happened[] = [];
    while (!all.some((each) => each.event === event)) {
      // eslint-disable-next-line no-await-in-loop -- until it has happened
      const events = (await this.call('browser', '$events', this.#seen)) as Happened[];
      this.#seen = events.at(-1)?.n ?? this.#seen;
      all.push(...events);
    }
    return all;
  }
}

function idOf(object: string | Tagged): string {
  return typeof object === 'string' ? object : object.$h;
}

export function fn(source: string): { $f: string } {
  return { $f: source };
}
