import { MAX_EGRESS_LOG, type EgressLogEntry, type TicketUse } from '@cofferdam/protocol';

/** What became of a ticket's requests: the first ones of each time that it is taken. */
export class EgressLog {
  #entries: EgressLogEntry[] = [];
  #unlogged = 0;

  add(entry: EgressLogEntry): void {
    if (this.#entries.length < MAX_EGRESS_LOG) this.#entries.push(entry);
    else this.#unlogged++;
  }

  take(): Pick<TicketUse, 'log' | 'unlogged'> {
    const taken = { log: this.#entries, unlogged: this.#unlogged };
    this.#entries = [];
    this.#unlogged = 0;
    return taken;
  }
}
