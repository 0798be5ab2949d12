import {
  CofferdamError,
  parser,
  ServerTicketAskSchema,
  type IncomingCall,
  type Lineage,
  type ServerTicket,
} from '@cofferdam/protocol';
import type { TraceIds } from '@cofferdam/telemetry';
import { RunnerViolation } from '../browsers/relay.ts';
import type { KeptTicket } from './kept-ticket.ts';

/** A request that an instance answers, as its way out has to know it. */
export interface GoingOut {
  requestId: string;
  ids: TraceIds;
  /** Where it stands below a run that asked. */
  lineage?: Lineage | undefined;
}

/**
 * Tickets of one instance at once. The way out keeps 10,000 for everybody, and a gateway has a hundred
 * runtimes: no tenant can take them all. Requests beyond it share the instance's own.
 */
const MAX_TICKETS = 64;

interface Entry {
  about: GoingOut;
  opened: Promise<KeptTicket | undefined> | undefined;
}

const readAsk = parser(ServerTicketAskSchema);

/** The tickets of the requests that one instance is answering, opened when its runner asks for them. */
export class RequestTickets {
  readonly #open: (about: GoingOut) => Promise<KeptTicket | undefined>;
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Promise<unknown>>();
  #count = 0;

  constructor(open: (about: GoingOut) => Promise<KeptTicket | undefined>) {
    this.#open = open;
  }

  /** The instance has the request until what is answered is called. */
  begin(about: GoingOut): () => void {
    const entry: Entry = { about, opened: undefined };
    this.#entries.set(about.requestId, entry);
    return () => {
      if (this.#entries.get(about.requestId) === entry) this.#end(entry);
    };
  }

  /**
   * Answers the instance's runner. Of a request that the instance has not (any more) there is nothing to
   * be had. Throws `RunnerViolation` for what is no question, `UNAVAILABLE` where the way out gives none.
   */
  async answer({ payload }: Pick<IncomingCall, 'payload'>): Promise<ServerTicket> {
    const { requestId } = read(payload);
    const entry = this.#entries.get(requestId);
    if (!entry) return {};
    if (!entry.opened && this.#count >= MAX_TICKETS) return {};
    entry.opened ??= this.#begin(entry);
    const ticket = await entry.opened;
    return ticket && this.#entries.get(requestId) === entry ? { ticket: ticket.secret } : {};
  }

  /** Ends them all; settles when they are closed. */
  async close(): Promise<void> {
    for (const entry of this.#entries.values()) this.#end(entry);
    await Promise.all(this.#closing);
  }

  async #begin(entry: Entry): Promise<KeptTicket | undefined> {
    this.#count++;
    try {
      return await this.#open(entry.about);
    } catch (error) {
      this.#count--;
      entry.opened = undefined;
      throw error;
    }
  }

  #end(entry: Entry): void {
    this.#entries.delete(entry.about.requestId);
    if (!entry.opened) return;
    const closed = entry.opened.then(
      async (ticket) => {
        await ticket?.close();
        this.#count--;
      },
      () => {},
    );
    this.#closing.add(closed);
    void closed.then(() => this.#closing.delete(closed));
  }
}

function read(payload: unknown) {
  try {
    return readAsk(payload);
  } catch (error) {
    throw new RunnerViolation(CofferdamError.from(error).message);
  }
}
