/** Something of this process that belongs to a session, and outlives its handles. */
export interface Kept {
  /** The session has ended, or will not be used from here any more. */
  close(reason: string): void | Promise<void>;
}

/**
 * What this process keeps for one session beside its guest: a browser's contexts, say, whose objects the
 * guest still holds when the next handle comes. It stays when a handle is given back, and is closed when
 * the session ends, is found to be another one, is evicted, or the host is closed.
 */
export class Namespace {
  readonly key: string;
  readonly #kept = new Map<string, Kept>();
  #timer: NodeJS.Timeout | undefined;

  constructor(key: string) {
    this.key = key;
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  /** What is kept under a name; it is made when there is none yet. */
  keep<T extends Kept>(name: string, make: () => T): T {
    const known = this.#kept.get(name);
    if (known) return known as T;
    const made = make();
    this.#kept.set(name, made);
    return made;
  }

  /** Somebody has the session. */
  entered(): void {
    clearTimeout(this.#timer);
  }

  /** Nobody has it from here: what is kept goes when the session is evicted. */
  left(idleMs: number): void {
    clearTimeout(this.#timer);
    if (this.isEmpty) return;
    this.#timer = setTimeout(() => void this.end('the session was evicted'), idleMs).unref();
  }

  /** Settles when all of it has been closed; what cannot be is nobody's any more. */
  async end(reason: string): Promise<void> {
    clearTimeout(this.#timer);
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.allSettled(all.map(async (kept) => kept.close(reason)));
  }
}

/** The namespaces of a host: those that keep something, or are in use. */
export class Namespaces {
  readonly #byKey = new Map<string, Namespace>();

  enter(key: string): Namespace {
    const namespace = this.#byKey.get(key) ?? new Namespace(key);
    this.#byKey.set(key, namespace);
    namespace.entered();
    return namespace;
  }

  leave(namespace: Namespace, idleMs: number): void {
    namespace.left(idleMs);
    const { key, isEmpty } = namespace;
    if (isEmpty && this.#byKey.get(key) === namespace) this.#byKey.delete(key);
  }

  async end(key: string, reason: string): Promise<void> {
    await this.#byKey.get(key)?.end(reason);
  }

  async endAll(reason: string): Promise<void> {
    await Promise.all([...this.#byKey.values()].map((namespace) => namespace.end(reason)));
    this.#byKey.clear();
  }
}
