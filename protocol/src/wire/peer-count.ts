/** How many connections each peer has, so that one of them does not take every place there is. */
export class PeerCount {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  /** At most so many for each address. Unix sockets have none: their file's mode says who may connect. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a connection of this peer; answers false, and counts nothing, for one too many. */
  enter(address: string | undefined): boolean {
    if (address === undefined) return true;
    const count = this.#counts.get(address) ?? 0;
    if (count >= this.#most) return false;
    this.#counts.set(address, count + 1);
    return true;
  }

  leave(address: string | undefined): void {
    if (address === undefined) return;
    const count = (this.#counts.get(address) ?? 0) - 1;
    if (count > 0) this.#counts.set(address, count);
    else this.#counts.delete(address);
  }
}
