import { prepareIsolate, profileKey, type PreparedIsolate, type Profile } from './prepared.ts';

/** Profiles that keep spares at once; the one used longest ago loses its. */
const MAX_PROFILES = 4;
/**
 * Making a spare blocks this thread for 1.5 ms. The first of a shelf is made as soon as a run has
 * been answered; the others wait until nothing has happened for so long.
 */
const QUIET_MS = 10;

interface Shelf {
  profile: Profile;
  ready: PreparedIsolate[];
}

/** Isolates prepared ahead of their runs: creating one takes 1.2 ms, taking one nothing. */
export class SpareIsolates {
  readonly #shelves = new Map<string, Shelf>();
  readonly #perProfile: number;
  #refilling = false;
  #quiet: NodeJS.Timeout | undefined;
  #paused = false;

  constructor(perProfile: number) {
    this.#perProfile = perProfile;
  }

  get count(): number {
    let count = 0;
    for (const shelf of this.#shelves.values()) count += shelf.ready.length;
    return count;
  }

  /** A prepared isolate of this profile, or a new one when none is left. */
  take(profile: Profile): { isolate: PreparedIsolate; warm: boolean } {
    const shelf = this.#shelfOf(profile);
    const isolate = shelf.ready.pop();
    this.#whenQuiet();
    return isolate ? { isolate, warm: true } : { isolate: prepareIsolate(profile), warm: false };
  }

  /** Makes the first spares of a profile ahead of its first run. */
  expect(profile: Profile): void {
    this.#shelfOf(profile);
    this.refill();
  }

  /** No spare is made while the process is over its memory or about to end. */
  pause(): void {
    this.#paused = true;
  }

  #shelfOf(profile: Profile): Shelf {
    const key = profileKey(profile);
    const shelf = this.#shelves.get(key) ?? { profile, ready: [] };
    this.#shelves.delete(key);
    this.#shelves.set(key, shelf);
    if (this.#shelves.size > MAX_PROFILES) this.#dropOldest();
    return shelf;
  }

  #dropOldest(): void {
    const [key, shelf] = this.#shelves.entries().next().value!;
    this.#shelves.delete(key);
    for (const { isolate } of shelf.ready) isolate.dispose();
  }

  /** Makes a spare where there is none, once the frames of this turn have left. */
  refill(): void {
    this.#whenQuiet();
    if (this.#refilling) return;
    this.#refilling = true;
    setImmediate(() => {
      this.#refilling = false;
      this.#make(1);
    });
  }

  #whenQuiet(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      if (this.#make(this.#perProfile)) this.#whenQuiet();
    }, QUIET_MS);
  }

  /** Makes one isolate for the newest shelf with fewer than `wanted`; answers whether it did. */
  #make(wanted: number): boolean {
    if (this.#paused) return false;
    for (const shelf of [...this.#shelves.values()].reverse()) {
      if (shelf.ready.length >= Math.min(wanted, this.#perProfile)) continue;
      shelf.ready.push(prepareIsolate(shelf.profile));
      return true;
    }
    return false;
  }
}
