import { hash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CofferdamError, MAX_WASM_BYTES } from '@cofferdam/protocol';
import { ModuleIndex } from './module-index.ts';

export interface ModuleStoreOptions {
  /** A folder of the store's own; made with mode 0700. */
  dir: string;
  /** Default 256 MiB. */
  maxBytes?: number;
  /** Default 256. */
  maxModules?: number;
}

const INDEX = 'index.json';
/** Changes of the index are written together, this many milliseconds after the first. */
const SAVE_MS = 200;
const MAGIC = Buffer.from([0x00, 0x61, 0x73, 0x6d]);

/** WebAssembly modules by digest in a bounded folder, each with the tenants that brought it. */
export class ModuleStore {
  readonly #options: Required<ModuleStoreOptions>;
  readonly #index: ModuleIndex;
  #saving: NodeJS.Timeout | undefined;
  #saved: Promise<void> = Promise.resolve();

  private constructor(options: Required<ModuleStoreOptions>, index: ModuleIndex) {
    this.#options = options;
    this.#index = index;
  }

  /** Opens the folder; what its index does not know, or what is not whole, is removed. */
  static async open(options: ModuleStoreOptions): Promise<ModuleStore> {
    const { dir } = options;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const index = await readIndex(dir);
    await dropBroken(dir, index);
    const bounds = { maxBytes: 256 * 1024 * 1024, maxModules: 256, ...options };
    return new ModuleStore(bounds, index);
  }

  /** Keeps a module for a tenant; answers its digest. */
  async put(tenant: string, bytes: Uint8Array): Promise<string> {
    if (bytes.byteLength > MAX_WASM_BYTES) {
      throw new CofferdamError('BODY_TOO_LARGE', `a module may have ${MAX_WASM_BYTES} bytes`);
    }
    if (!MAGIC.equals(bytes.subarray(0, MAGIC.byteLength)))
      throw new CofferdamError('INVALID_WASM');
    const digest = hash('sha256', bytes);
    if (!this.#index.has(digest)) await this.#write(digest, bytes);
    this.#index.add(tenant, digest, bytes.byteLength);
    await this.#evict(digest);
    this.#changed();
    return digest;
  }

  owns(tenant: string, digest: string): boolean {
    return this.#index.owns(tenant, digest);
  }

  /** Names a module that the tenant has; an id that it had before names the new one. */
  name(tenant: string, id: string, digest: string): void {
    this.#index.name(tenant, id, digest);
    this.#changed();
  }

  /** The digest of the module that the tenant calls so; throws `WASM_NOT_FOUND`. */
  resolve(tenant: string, moduleId: string): string {
    const digest = this.#index.digestOf(tenant, moduleId);
    if (digest === undefined) throw new CofferdamError('WASM_NOT_FOUND');
    this.#index.touch(digest);
    return digest;
  }

  /** A module's bytes, if the tenant has it; throws `WASM_NOT_FOUND`. */
  async get(tenant: string, digest: string): Promise<Buffer> {
    if (!this.#index.owns(tenant, digest)) throw new CofferdamError('WASM_NOT_FOUND');
    this.#index.touch(digest);
    const bytes = await readFile(this.#path(digest)).catch(() => undefined);
    // Bytes that are not what they are called were changed behind our back.
    if (bytes && hash('sha256', bytes) === digest) return bytes;
    await this.#remove(digest);
    throw new CofferdamError('WASM_NOT_FOUND');
  }

  /** Forgets that the tenant brought this module. */
  async disown(tenant: string, digest: string): Promise<void> {
    if (this.#index.disown(tenant, digest)) await this.#remove(digest);
    this.#changed();
  }

  stats(): { modules: number; bytes: number } {
    return { modules: this.#index.size, bytes: this.#index.bytes };
  }

  async close(): Promise<void> {
    if (this.#saving) this.#save();
    await this.#saved;
  }

  async #evict(newest: string): Promise<void> {
    const { maxBytes, maxModules } = this.#options;
    for (;;) {
      const { oldest } = this.#index;
      const full = this.#index.size > maxModules || this.#index.bytes > maxBytes;
      if (!full || !oldest || oldest.digest === newest) return;
      await this.#remove(oldest.digest);
    }
  }

  async #write(digest: string, bytes: Uint8Array): Promise<void> {
    const temporary = join(this.#options.dir, `${randomUUID()}.tmp`);
    await writeFile(temporary, bytes, { mode: 0o600 });
    await rename(temporary, this.#path(digest));
  }

  async #remove(digest: string): Promise<void> {
    this.#index.remove(digest);
    this.#changed();
    await rm(this.#path(digest), { force: true });
  }

  #path(digest: string): string {
    return join(this.#options.dir, `${digest}.wasm`);
  }

  #changed(): void {
    this.#saving ??= setTimeout(() => this.#save(), SAVE_MS);
  }

  #save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    const text = this.#index.toText();
    // One after the other: the last one written is the newest.
    this.#saved = this.#saved.then(() => writeIndex(this.#options.dir, text)).catch(() => {});
  }
}

async function readIndex(dir: string): Promise<ModuleIndex> {
  try {
    return ModuleIndex.fromText(await readFile(join(dir, INDEX), 'utf8'));
  } catch {
    // Missing or broken: a cache may be empty.
    return new ModuleIndex();
  }
}

async function writeIndex(dir: string, text: string): Promise<void> {
  const temporary = join(dir, `${INDEX}.tmp`);
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, join(dir, INDEX));
}

async function dropBroken(dir: string, index: ModuleIndex): Promise<void> {
  for (const { digest, size } of index.entries()) {
    const found = await stat(join(dir, `${digest}.wasm`)).catch(() => undefined);
    if (found?.size !== size) index.remove(digest);
  }
  for (const name of await readdir(dir)) {
    const isKnown = name === INDEX || index.has(name.replace(/\.wasm$/, ''));
    if (!isKnown) await rm(join(dir, name), { force: true, recursive: true });
  }
}
