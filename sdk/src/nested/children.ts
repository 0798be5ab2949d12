import { CofferdamError } from '@cofferdam/protocol';
import type { AppServer } from '../server/types.ts';
import type { NamespacedRuntime } from '../sessions/types.ts';
import type { TestRuntime } from '../tests/types.ts';
import type { ScriptRuntime } from '../types.ts';
import type { Slot } from './quota.ts';

export type Handle = ScriptRuntime | TestRuntime | NamespacedRuntime | AppServer;

export interface ChildParts {
  /** The nested host it is of. */
  host: number;
  style: 'script' | 'tests' | 'session' | 'server';
  slot: Slot;
  /** What ends with it. */
  ends: (() => void)[];
  /** As its guest calls it, where it has a key. */
  key?: string;
}

/** Something that a guest has opened, or is opening. */
export class Child {
  readonly parts: ChildParts;
  /** Aborted with its end: what is being opened for it ends too. */
  readonly life = new AbortController();
  /** Why its host has ended it while it was being opened. */
  closed: CofferdamError | undefined;
  handle: Handle | undefined;
  /** Evals under way. */
  evals = 0;
  /** A session that was given back, and lives on. */
  isReleased = false;
  /** The last reload, of a server. */
  reloading: Promise<void> | undefined;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ChildParts) {
    this.parts = parts;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** It has ended, or its handle has. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.life.abort();
    for (const end of this.parts.ends) end();
    clearTimeout(this.#timer);
    if (!this.isReleased) this.parts.slot[Symbol.dispose]();
  }

  endAfter(ms: number, end: () => void): void {
    this.#timer = setTimeout(end, ms).unref();
  }
}

/** How many there may be before those that are over are forgotten, which still say why they are. */
const MAX_KNOWN = 512;

/** The children of one guest, by the numbers that it knows them by. */
export class Children {
  readonly #byId = new Map<number, Child>();
  #lastId = 0;

  add(child: Child): number {
    const id = ++this.#lastId;
    this.#byId.set(id, child);
    if (this.#byId.size > MAX_KNOWN) this.#forgetOne();
    return id;
  }

  /** Throws for a number that is no child's of this guest's. */
  get(id: unknown): Child & { handle: Handle } {
    const child = this.#byId.get(id as number);
    if (child?.handle) return child as Child & { handle: Handle };
    throw new CofferdamError('RUNTIME_ENDED', 'the runtime is over, or was never opened');
  }

  /** Those that are open, of one nested host or of all. */
  of(host?: number): Child[] {
    return [...this.#byId.values()].filter(
      ({ isOver, parts }) => !isOver && (host === undefined || parts.host === host),
    );
  }

  #forgetOne(): void {
    for (const [id, { isOver }] of this.#byId) {
      if (isOver) return void this.#byId.delete(id);
    }
  }
}
