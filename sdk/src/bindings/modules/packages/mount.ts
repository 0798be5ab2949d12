import { lstat, readdir, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Location } from './manifest.ts';
import { below, PackageRoot } from './root.ts';

/** A package of pnpm's store, whose dependencies are links beside it. */
const STORED = /^(.+\/\.pnpm)\/[^/]+\/node_modules\/(?:@[^/]+\/)?[^/]+$/;
const PACKAGE = /^(?:@[^/]+\/)?[^/]+/;

/**
 * A `node_modules` folder of the host's. Served are files below it, below each package that one of
 * its own entries links to, and below the pnpm store that such a link leads into. A link elsewhere
 * has to lead to one of these places.
 */
export class PackageMount {
  /** Where guests see it. */
  readonly place: string;
  readonly #hostPath: string;
  readonly #roots = new Map<string, PackageRoot>();
  #opened: Promise<PackageRoot> | undefined;
  #linksFollowed: Promise<void> | undefined;

  constructor(place: string, hostPath: string) {
    this.place = place;
    this.#hostPath = hostPath;
  }

  /** The file or folder of an absolute path of guests, be it there or not. */
  async locate(place: string): Promise<Location | undefined> {
    const main = await this.#open();
    let best: Location | undefined;
    for (const root of this.#roots.values()) {
      const path = below(root.place, place);
      if (path === undefined || root.place.length < (best?.root.place.length ?? 0)) continue;
      best = { root, path };
    }
    if (best?.root !== main) return best;
    return await this.#throughLink(best);
  }

  /** A package of a `node_modules` folder, which has it itself or links to it. */
  async packageIn(folder: Location, name: string): Promise<Location | undefined> {
    const { root } = folder;
    const path = posix.join(folder.path, name);
    const kind = await root.kindAt(path);
    if (kind === 'folder') return { root, path };
    if (kind !== 'link') return undefined;
    const target = await root.targetOf(path);
    if (target === undefined) return undefined;
    const known = this.#known(target);
    if (known) return known;
    const main = await this.#open();
    if (root === main && folder.path === '' && (await isPackage(target))) {
      return this.#linked(name, target);
    }
    // Its own links were perhaps not asked for yet.
    await (this.#linksFollowed ??= this.#followLinks());
    const late = this.#known(target);
    if (late) return late;
    throw new Error(`The package '${name}' is a link that leads out of the mounted packages`);
  }

  /** The mounted folder itself. */
  async top(): Promise<Location> {
    return { root: await this.#open(), path: '' };
  }

  placeOf({ root, path }: Location): string {
    return posix.join(root.place, path);
  }

  #open(): Promise<PackageRoot> {
    this.#opened ??= realpath(this.#hostPath).then(
      (real) => this.#root(this.place, real),
      (error: NodeJS.ErrnoException) => {
        this.#opened = undefined;
        throw new Error(`The packages of '${this.place}' cannot be read: ${error.code}`);
      },
    );
    return this.#opened;
  }

  /** A path through an entry of the mount that is a link. */
  async #throughLink({ root, path }: Location): Promise<Location | undefined> {
    const [name = ''] = PACKAGE.exec(path) ?? [];
    if (name === '' || name.startsWith('.')) return { root, path };
    const found = await this.packageIn({ root, path: '' }, name);
    return found && { root: found.root, path: posix.join(found.path, path.slice(name.length)) };
  }

  #known(target: string): Location | undefined {
    for (const root of this.#roots.values()) {
      const path = root.pathOf(target);
      if (path !== undefined) return { root, path };
    }
    return undefined;
  }

  #linked(name: string, target: string): Location {
    const store = STORED.exec(target)?.[1];
    if (store === undefined) return { root: this.#root(`${this.place}/${name}`, target), path: '' };
    const stores = [...this.#roots.values()].filter(({ real }) => real.endsWith('/.pnpm'));
    const number = stores.length === 0 ? '' : `-${stores.length + 1}`;
    const root = this.#root(`${this.place}/.pnpm-store${number}`, store);
    return { root, path: root.pathOf(target)! };
  }

  #root(place: string, real: string): PackageRoot {
    const known = this.#roots.get(real);
    if (known) return known;
    const root = new PackageRoot(place, real);
    this.#roots.set(real, root);
    return root;
  }

  /** Every entry that is a link makes a place known, as it would if a guest imported it. */
  async #followLinks(): Promise<void> {
    const { real } = await this.#open();
    const entries = await readdir(real, { withFileTypes: true });
    const scopes = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith('@'));
    const scoped = await Promise.all(
      scopes.map(async ({ name }) => {
        const inside = await readdir(posix.join(real, name), { withFileTypes: true });
        return inside
          .filter((entry) => entry.isSymbolicLink())
          .map((each) => `${name}/${each.name}`);
      }),
    );
    const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
    const names = [...links, ...scoped.flat()].filter((name) => !name.startsWith('.'));
    const targets = names.map((name) => realpath(posix.join(real, name)).catch(() => ''));
    for (const [i, target] of (await Promise.all(targets)).entries()) {
      // eslint-disable-next-line no-await-in-loop -- in their order, which names the places
      if (!this.#known(target) && (await isPackage(target))) this.#linked(names[i]!, target);
    }
  }
}

/** A link to something else, to a home folder say, opens nothing. */
async function isPackage(target: string): Promise<boolean> {
  const stat = await lstat(posix.join(target, 'package.json')).catch(() => undefined);
  return stat?.isFile() ?? false;
}
