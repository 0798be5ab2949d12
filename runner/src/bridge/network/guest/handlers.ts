import { core, primordials } from '../../../guest/captured.ts';
import { hardened, list, record } from '../../../guest/interface.ts';

const { apply, Map, mapDelete, mapGet, mapSet, Promise, promiseThen } = primordials;

/** One handler of an event, until it is taken off. */
interface Entry {
  readonly handler: Function;
  isOff: boolean;
}

/** The handlers of a worker, by event. The lists are never changed: one that is being told goes on. */
export class Handlers {
  readonly #lists = new Map<string, Entry[]>();

  /** A handler that is there already is not added again. */
  add(event: string, handler: Function): void {
    const before = this.#of(event);
    const made = list<Entry>();
    for (let i = 0; i < before.length; i++) {
      if (before[i]!.handler === handler) return;
      made[i] = before[i]!;
    }
    made[made.length] = record<Entry>({ handler, isOff: false });
    mapSet(this.#lists, event, made);
  }

  remove(event: string, handler: unknown): void {
    const before = this.#of(event);
    const made = list<Entry>();
    for (let i = 0; i < before.length; i++) {
      if (before[i]!.handler === handler) before[i]!.isOff = true;
      else made[made.length] = before[i]!;
    }
    if (made.length > 0) mapSet(this.#lists, event, made);
    else mapDelete(this.#lists, event);
  }

  has(event: string): boolean {
    return this.#of(event).length > 0;
  }

  /** Calls each in the order in which they were added; what one throws is told, and stops no other. */
  tell(event: string, data: unknown): void {
    const entries = this.#of(event);
    for (let i = 0; i < entries.length; i++) {
      if (!entries[i]!.isOff) callHandler(entries[i]!.handler, data);
    }
  }

  #of(event: string): Entry[] {
    return (mapGet(this.#lists, event) as Entry[] | undefined) ?? list<Entry>();
  }
}

function callHandler(handler: Function, data: unknown): void {
  try {
    const result: unknown = apply(handler, undefined, [data]);
    if (typeof result !== 'object' || result === null) return;
    // A promise of ours, which a guest's constructor has no part in.
    const settled = hardened(new Promise<unknown>((resolve) => resolve(result)));
    promiseThen(settled, undefined, (error: unknown) => core.fail(error));
  } catch (error) {
    core.fail(error);
  }
}
