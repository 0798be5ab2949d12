import { parser } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

export interface ModuleEntry {
  digest: string;
  size: number;
  tenants: Set<string>;
}

const IndexSchema = Type.Object({
  version: Type.Literal(1),
  modules: Type.Array(
    Type.Object({
      digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      size: Type.Integer({ minimum: 0 }),
      tenants: Type.Array(Type.String({ maxLength: 128 })),
    }),
  ),
  ids: Type.Array(Type.Object({ tenant: Type.String(), id: Type.String(), digest: Type.String() })),
});

const parseIndex = parser(IndexSchema);

/** An id costs little, but a client can make up any number of them. */
const MAX_IDS = 4_096;

/** Which modules there are, whose they are and what they are called; least recently used first. */
export class ModuleIndex {
  readonly #modules = new Map<string, ModuleEntry>();
  /** From tenant and id to digest. */
  readonly #ids = new Map<string, { tenant: string; id: string; digest: string }>();
  #bytes = 0;

  static fromText(text: string): ModuleIndex {
    const index = new ModuleIndex();
    const { modules, ids } = parseIndex(JSON.parse(text));
    for (const { digest, size, tenants } of modules) {
      for (const tenant of tenants) index.add(tenant, digest, size);
    }
    for (const { tenant, id, digest } of ids) {
      if (index.owns(tenant, digest)) index.name(tenant, id, digest);
    }
    return index;
  }

  toText(): string {
    const modules = [...this.#modules.values()];
    const index: Static<typeof IndexSchema> = {
      version: 1,
      modules: modules.map((entry) => ({ ...entry, tenants: [...entry.tenants] })),
      ids: [...this.#ids.values()],
    };
    return JSON.stringify(index);
  }

  get size(): number {
    return this.#modules.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): ModuleEntry | undefined {
    return this.#modules.values().next().value;
  }

  entries(): ModuleEntry[] {
    return [...this.#modules.values()];
  }

  has(digest: string): boolean {
    return this.#modules.has(digest);
  }

  owns(tenant: string, digest: string): boolean {
    return this.#modules.get(digest)?.tenants.has(tenant) ?? false;
  }

  add(tenant: string, digest: string, size: number): void {
    const entry = this.#modules.get(digest) ?? { digest, size, tenants: new Set() };
    if (!this.#modules.has(digest)) this.#bytes += size;
    entry.tenants.add(tenant);
    this.#modules.delete(digest);
    this.#modules.set(digest, entry);
  }

  touch(digest: string): void {
    const entry = this.#modules.get(digest);
    if (!entry) return;
    this.#modules.delete(digest);
    this.#modules.set(digest, entry);
  }

  name(tenant: string, id: string, digest: string): void {
    const key = keyOf(tenant, id);
    this.#ids.delete(key);
    this.#ids.set(key, { tenant, id, digest });
    for (const oldest of this.#ids.keys()) {
      if (this.#ids.size <= MAX_IDS) break;
      this.#ids.delete(oldest);
    }
  }

  digestOf(tenant: string, id: string): string | undefined {
    const digest = this.#ids.get(keyOf(tenant, id))?.digest ?? id;
    return this.owns(tenant, digest) ? digest : undefined;
  }

  /** Takes the module from one tenant; answers whether it is nobody's now. */
  disown(tenant: string, digest: string): boolean {
    const entry = this.#modules.get(digest);
    entry?.tenants.delete(tenant);
    return entry?.tenants.size === 0;
  }

  remove(digest: string): void {
    const entry = this.#modules.get(digest);
    if (!entry) return;
    this.#modules.delete(digest);
    this.#bytes -= entry.size;
    for (const [key, named] of this.#ids) if (named.digest === digest) this.#ids.delete(key);
  }
}

const keyOf = (tenant: string, id: string) => JSON.stringify([tenant, id]);
