import {
  CofferdamError,
  parser,
  SERVER_METHODS,
  ServerTicketSchema,
  type Channel,
} from '@cofferdam/protocol';

export interface RequestTicketsOptions {
  runtimeId: string;
  /** The gateway's connection. */
  channel: () => Channel;
}

interface Known {
  /** The request, and the connection that was made of it. */
  holders: number;
  asked: Promise<string | undefined> | undefined;
}

/** The gateway asks egress for one, which is as near as it is itself. */
const ASK_MS = 10_000;
const UNKNOWN: ReadonlySet<string> = new Set(['PROTOCOL_VIOLATION', 'RUNTIME_ENDED']);
const readTicket = parser(ServerTicketSchema, 'PROTOCOL_VIOLATION');

/** The tickets of requests that one guest of the gateway's own is answering, each asked for when it is first needed. */
export class RequestTickets {
  readonly #options: RequestTicketsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: RequestTicketsOptions) {
    this.#options = options;
  }

  /** The request is the guest's to answer, or its connection the guest's; to be called once for each, and so is {@link end}. */
  begin(requestId: string): void {
    const known = this.#known.get(requestId);
    if (known) known.holders++;
    else this.#known.set(requestId, { holders: 1, asked: undefined });
  }

  end(requestId: string): void {
    const known = this.#known.get(requestId);
    if (known && --known.holders === 0) this.#known.delete(requestId);
  }

  /** The request's ticket; `undefined` where it has none, or the guest names one that it does not serve. */
  async of(requestId: string | undefined): Promise<string | undefined> {
    const known = requestId === undefined ? undefined : this.#known.get(requestId);
    if (!known) return undefined;
    known.asked ??= this.#ask(requestId!).catch((error: unknown) => {
      known.asked = undefined;
      throw error;
    });
    return known.asked;
  }

  async #ask(requestId: string): Promise<string | undefined> {
    const { runtimeId, channel } = this.#options;
    const asked = { runtimeId, requestId };
    const call = channel().call(SERVER_METHODS.ticket, asked, { deadlineMs: ASK_MS });
    const answer = await call.reply.catch((error: unknown) => {
      // A gateway of before knows no such question: the runtime's own is for all of its requests.
      if (UNKNOWN.has(CofferdamError.from(error).code)) return {};
      throw error;
    });
    return readTicket(answer).ticket;
  }
}
