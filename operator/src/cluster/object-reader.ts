import {
  configMaps,
  secrets,
  KubernetesError,
  type KubernetesClient,
} from '../kubernetes/index.ts';
import type { ObjectData, ObjectReference } from '../references/texts.ts';
import type { Clock } from '../schedule/clock.ts';

export interface ObjectReaderOptions {
  client: KubernetesClient;
  /** Whether somebody still refers to the object; it is looked at as long as that is so. */
  isUsed: (reference: ObjectReference) => boolean;
  /** An object is other than when it was last asked for. */
  onChange: (reference: ObjectReference) => void;
  onError: (error: unknown) => void;
  clock: Clock;
}

/** Objects are read by name (`get` is all that the operator may do with Secrets), so changes are asked for. */
const POLL_MS = 30_000;
/** What is missing is usually just about to be created. */
const POLL_MISSING_MS = 5_000;
/** What nobody refers to, or has asked for during so many polls, is forgotten. */
const FORGET_POLLS = 3;
const CONCURRENCY = 4;

interface Known {
  reference: ObjectReference;
  /** Absent: not read yet. */
  data?: { value: ObjectData; version: string };
  reading?: Promise<void>;
  dueAt: number;
  unasked: number;
}

/** Reads Secrets and ConfigMaps that scripts name, and keeps looking whether they change. */
export class ObjectReader {
  readonly #options: ObjectReaderOptions;
  readonly #known = new Map<string, Known>();
  #cancel: () => void = () => {};
  #closed = false;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
    this.#arm();
  }

  /** The object's texts, `undefined` where it does not exist, and `unread` until that is known. */
  data(reference: ObjectReference): ObjectData | 'unread' {
    const known = this.#ask(reference);
    if (known.data) return known.data.value;
    void this.#read(known);
    return 'unread';
  }

  /** The same as it is now; rejects when the API server could not say. */
  async read(reference: ObjectReference): Promise<ObjectData> {
    const known = this.#ask(reference);
    const data = await this.#fetch(reference);
    this.#learn(known, data);
    return data.value;
  }

  /** Resolves when everything that was asked for has been read, or after so many milliseconds. */
  async settled(withinMs: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(withinMs, late.resolve);
    const reads = [...this.#known.values()].map(({ reading }) => reading);
    await Promise.race([Promise.all(reads), late.promise]);
    cancel();
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#known.clear();
  }

  #ask(reference: ObjectReference): Known {
    const { kind, namespace, name } = reference;
    const key = `${kind}/${namespace}/${name}`;
    let known = this.#known.get(key);
    if (!known) this.#known.set(key, (known = { reference, dueAt: 0, unasked: 0 }));
    known.unasked = 0;
    return known;
  }

  #arm(): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.after(POLL_MISSING_MS, () => {
      void this.#poll().finally(() => this.#arm());
    });
  }

  async #poll(): Promise<void> {
    const now = this.#options.clock.now();
    const due = [...this.#known].filter(([, known]) => known.dueAt <= now);
    const queue = due.flatMap(([key, known]) => {
      if (this.#isWanted(known)) return known;
      this.#known.delete(key);
      return [];
    });
    const worker = async () => {
      for (let known = queue.pop(); known; known = queue.pop()) {
        // eslint-disable-next-line no-await-in-loop -- so many at once as there are workers
        await this.#read(known);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  #isWanted(known: Known): boolean {
    return this.#options.isUsed(known.reference) || known.unasked++ < FORGET_POLLS;
  }

  #read(known: Known): Promise<void> {
    known.reading ??= this.#refresh(known).finally(() => delete known.reading);
    return known.reading;
  }

  async #refresh(known: Known): Promise<void> {
    try {
      this.#learn(known, await this.#fetch(known.reference));
    } catch (error) {
      known.dueAt = this.#options.clock.now() + POLL_MISSING_MS;
      if (!this.#closed) this.#options.onError(error);
    }
  }

  /** Everybody who refers to the object is told, whoever it was that asked. */
  #learn(known: Known, data: NonNullable<Known['data']>): void {
    const { clock, onChange } = this.#options;
    const changed = known.data?.version !== data.version;
    known.data = data;
    known.dueAt = clock.now() + (data.value ? POLL_MS : POLL_MISSING_MS);
    if (changed && !this.#closed) onChange(known.reference);
  }

  async #fetch({ kind, ...key }: ObjectReference) {
    const { client } = this.#options;
    try {
      if (kind === 'Secret') {
        const { metadata, data = {} } = await client.get(secrets, key);
        return { value: decoded(data), version: metadata.resourceVersion ?? '' };
      }
      const { metadata, data = {} } = await client.get(configMaps, key);
      return { value: data, version: metadata.resourceVersion ?? '' };
    } catch (error) {
      if (error instanceof KubernetesError && error.notFound) {
        return { value: undefined, version: 'none' };
      }
      throw error;
    }
  }
}

function decoded(data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString('utf8'),
    ]),
  );
}
