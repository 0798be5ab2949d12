import type { IncomingCall, ServerTicket } from '@cofferdam/protocol';
import type { TraceIds } from '@cofferdam/telemetry';
import { recordUse, type Use } from '../egress/use.ts';
import { KeptTicket, ownTrace, type KeptTicketOptions } from './kept-ticket.ts';
import type { InstancePlace } from './place.ts';
import { RequestTickets, type GoingOut } from './request-tickets.ts';

type Place = Pick<InstancePlace, 'allowed' | 'pool' | 'tickets' | 'telemetry' | 'now' | 'onError'>;

/** How an instance reaches the world: by the ticket of the request that it does so for, or else by its own. */
export class InstanceWayOut {
  readonly #place: Place;
  readonly #requests: RequestTickets;
  #own: KeptTicket | undefined;

  constructor(place: Place) {
    this.#place = place;
    this.#requests = new RequestTickets((about) => this.#openFor(about));
  }

  /** Its own ticket, where its script names hosts. Throws `UNAVAILABLE` when the way out gives none. */
  async open(): Promise<string | undefined> {
    const about = ownTrace();
    const onUse = (use: Use) => this.recordOwn(use, about);
    this.#own = await KeptTicket.open({ ...this.#place, ...this.#script, about, onUse });
    return this.#own?.secret;
  }

  /** The instance answers a request until what is answered is called. */
  begin(about: GoingOut): () => void {
    return this.#requests.begin(about);
  }

  /** What its runner is told that asks for a request's ticket. */
  answer(call: Pick<IncomingCall, 'payload'>): Promise<ServerTicket> {
    return this.#requests.answer(call);
  }

  /** Of what it does beside requests: nothing else is in that trace. */
  recordOwn(use: Use, { runId, ids }: NonNullable<KeptTicketOptions['about']> = ownTrace()): void {
    const { namespace, name } = this.#place.allowed;
    const attributes = { 'faas.name': `${namespace}/${name}`, 'faas.invocation_id': runId };
    recordUse(this.#place.telemetry, use, { traceId: ids.traceId, sampled: true, attributes });
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.close(), this.#own?.close()]);
  }

  #openFor({ requestId, ids, lineage }: GoingOut): Promise<KeptTicket | undefined> {
    const about = { runId: requestId, ids };
    const onUse = (use: Use) => this.#record(use, ids);
    return KeptTicket.open({ ...this.#place, ...this.#script, about, lineage, onUse });
  }

  /** What a request asked for lies within its root span, also where it goes on for longer. */
  #record(use: Use, ids: TraceIds): void {
    recordUse(this.#place.telemetry, use, ids);
  }

  get #script() {
    return { script: this.#place.allowed };
  }
}
