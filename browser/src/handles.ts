import type { BrowserClassName } from '@cofferdam/protocol';
import { BrowserError } from './errors.ts';
import type { BrowserLimits } from './limits.ts';

/** Something of Playwright's that a guest knows by an id. */
export interface Handle {
  id: string;
  className: BrowserClassName;
  target: object;
  /** The id of the page or context that it goes with. */
  owner: string | undefined;
}

const TRANSIENT: ReadonlySet<BrowserClassName> = new Set([
  'Frame',
  'Request',
  'Response',
  'ConsoleMessage',
  'Download',
  'Dialog',
  'Route',
]);
const OBJECTS: ReadonlySet<BrowserClassName> = new Set(['JSHandle', 'ElementHandle']);

/** Those are gone when they are closed, and not before. */
const PLACE = /^(page|context):([1-9]\d{0,14})$/;

export class Handles {
  readonly #byId = new Map<string, Handle>();
  readonly #byTarget = new WeakMap<object, Handle>();
  /** Those that may be let go, the oldest first. */
  readonly #transient = new Set<Handle>();
  readonly #limits: BrowserLimits;
  #objects = 0;
  #cdpSessions = 0;
  #numbers = 0;

  constructor(limits: BrowserLimits) {
    this.#limits = limits;
  }

  /** The handle of an object, a new one where it has none. Throws where there are too many. */
  of(className: BrowserClassName, target: object, owner?: string): Handle {
    const known = this.#byTarget.get(target);
    if (known && this.#byId.has(known.id)) return known;
    this.#makeRoom(className);
    const id = `${className.toLowerCase()}:${++this.#numbers}`;
    const handle = { id, className, target, owner };
    this.#byId.set(id, handle);
    this.#byTarget.set(target, handle);
    this.#count(handle, 1);
    return handle;
  }

  get(id: string): Handle {
    const handle = this.#byId.get(id);
    if (handle) return handle;
    const [, kind, number] = PLACE.exec(id) ?? [];
    if (kind && Number(number) <= this.#numbers) {
      throw new BrowserError('BrowserClosedError', `The ${kind} has been closed`);
    }
    throw new BrowserError('HandleGoneError', `There is no '${id.slice(0, 64)}', or no more`);
  }

  idOf(target: object): string | undefined {
    const known = this.#byTarget.get(target);
    return known && this.#byId.has(known.id) ? known.id : undefined;
  }

  drop(target: object): void {
    const handle = this.#byTarget.get(target);
    if (!handle || !this.#byId.delete(handle.id)) return;
    this.#count(handle, -1);
  }

  /** Lets go of all that belongs to a page or context. */
  dropOwnedBy(owner: string): void {
    for (const handle of this.#byId.values()) {
      if (handle.owner === owner) this.drop(handle.target);
    }
  }

  all(className: BrowserClassName): Handle[] {
    return [...this.#byId.values()].filter((handle) => handle.className === className);
  }

  frames(): Handle[] {
    return [...this.#transient].filter(({ className }) => className === 'Frame');
  }

  clear(): void {
    this.#byId.clear();
    this.#transient.clear();
    this.#objects = 0;
    this.#cdpSessions = 0;
  }

  #makeRoom(className: BrowserClassName): void {
    const { transientHandles, objectHandles, cdpSessions } = this.#limits;
    if (TRANSIENT.has(className) && this.#transient.size >= transientHandles) {
      const [oldest] = this.#transient;
      if (oldest) this.drop(oldest.target);
    }
    if (OBJECTS.has(className) && this.#objects >= objectHandles) {
      throw tooMany(objectHandles, 'objects of pages are held: dispose() of some');
    }
    if (className === 'CDPSession' && this.#cdpSessions >= cdpSessions) {
      throw tooMany(cdpSessions, 'CDP sessions are open: detach() some');
    }
  }

  #count(handle: Handle, by: 1 | -1): void {
    const { className } = handle;
    if (OBJECTS.has(className)) this.#objects += by;
    else if (className === 'CDPSession') this.#cdpSessions += by;
    else if (!TRANSIENT.has(className)) return;
    else if (by === 1) this.#transient.add(handle);
    else this.#transient.delete(handle);
  }
}

function tooMany(most: number, what: string): BrowserError {
  return new BrowserError('BrowserLimitError', `${most} ${what}`);
}
