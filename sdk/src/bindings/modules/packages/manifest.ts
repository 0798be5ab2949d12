import { posix } from 'node:path';
import type { PackageRoot } from './root.ts';

/** A file or folder below a root. */
export interface Location {
  root: PackageRoot;
  path: string;
}

/** What resolution needs of a package.json. */
export interface Manifest {
  name: string | undefined;
  type: string | undefined;
  main: string | undefined;
  module: string | undefined;
  exports: unknown;
  imports: unknown;
}

/** Manifests that are kept, missing ones too: each module asks for all above it. */
const MAX_KEPT = 20_000;
const MAX_MANIFEST_CHARS = 1024 * 1024;

/** The package.json files below roots, each read once. */
export class Manifests {
  readonly #kept = new Map<string, Promise<Manifest | undefined>>();

  at({ root, path }: Location): Promise<Manifest | undefined> {
    const key = posix.join(root.real, path);
    const known = this.#kept.get(key);
    if (known) return known;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const manifest = readManifest({ root, path });
    this.#kept.set(key, manifest);
    manifest.catch(() => this.#kept.delete(key));
    return manifest;
  }

  /** The package that a file belongs to. */
  async around({
    root,
    path,
  }: Location): Promise<{ folder: string; manifest: Manifest } | undefined> {
    let folder = path;
    do {
      folder = folder.includes('/') ? posix.dirname(folder) : '';
      if (posix.basename(folder) === 'node_modules') return undefined;
      // eslint-disable-next-line no-await-in-loop -- the nearest one counts
      const manifest = await this.at({ root, path: folder });
      if (manifest) return { folder, manifest };
    } while (folder !== '');
    return undefined;
  }
}

async function readManifest({ root, path }: Location): Promise<Manifest | undefined> {
  const file = posix.join(path, 'package.json');
  if ((await root.kindAt(file)) !== 'file') return undefined;
  const text = await root.read(file);
  if (text.length > MAX_MANIFEST_CHARS) throw new Error(`'${file}' is too large`);
  const { name, type, main, module, exports, imports } = parsed(text, file);
  return {
    name: textOr(name),
    type: textOr(type),
    main: textOr(main),
    module: textOr(module),
    exports,
    imports,
  };
}

function parsed(text: string, file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new Error(`'${file}' holds no JSON object`);
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
