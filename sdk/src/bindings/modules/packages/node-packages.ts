import { posix } from 'node:path';
import type { ModuleImporter, ModuleSource } from '../../../types.ts';
import { staysBelow } from '../module-path.ts';
import { Manifests, type Location } from './manifest.ts';
import { PackageMount } from './mount.ts';
import { PackageFiles } from './package-files.ts';
import { below } from './root.ts';
import { exportTarget, importTarget, type LoadKind } from './targets.ts';

const BARE = /^((?:@[^/@.][^/]*\/)?[^/@.][^/]*)(?:\/(.*))?$/;
/** Paths of CommonJS modules that were served, whose imports are requires; asked anew beyond it. */
const MAX_COMMON_JS = 20_000;

interface Asking {
  mount: PackageMount;
  kind: LoadKind;
}

interface Wanted {
  name: string;
  subpath: string;
}

/** Packages of mounted `node_modules` folders, found as Node finds them. */
export class NodePackages {
  readonly #mounts: PackageMount[] = [];
  readonly #manifests = new Manifests();
  readonly #files = new PackageFiles(this.#manifests);
  readonly #commonJs = new Set<string>();

  mount(place: string, hostPath: string): void {
    this.#mounts.push(new PackageMount(place, hostPath));
  }

  async find(
    specifier: string,
    place: string | undefined,
    importer: ModuleImporter,
  ): Promise<ModuleSource | undefined> {
    const kind = this.#kindOf(importer);
    for (const mount of this.#mountsFor(importer)) {
      const asking = { mount, kind };
      // eslint-disable-next-line no-await-in-loop -- the nearest mount counts
      const file = await this.#fileFor(specifier, place, { importer, asking });
      // eslint-disable-next-line no-await-in-loop
      if (file) return await this.#read(file, mount);
    }
    return undefined;
  }

  async #fileFor(
    specifier: string,
    place: string | undefined,
    { importer, asking }: { importer: ModuleImporter; asking: Asking },
  ): Promise<Location | undefined> {
    const { mount } = asking;
    if (place !== undefined) {
      if (below(mount.place, place) === undefined) return undefined;
      const at = await mount.locate(place);
      return at && (await this.#files.find(at));
    }
    const isInside = below(mount.place, importer.path) !== undefined;
    const from = isInside ? await mount.locate(importer.path) : undefined;
    if (specifier.startsWith('#')) return from && (await this.#imported(specifier, from, asking));
    return await this.#bare(specifier, from, asking);
  }

  /** `#name`: of the package that imports it. */
  async #imported(
    specifier: string,
    from: Location,
    asking: Asking,
  ): Promise<Location | undefined> {
    const around = await this.#manifests.around(from);
    if (!around?.manifest.imports) return undefined;
    const target = importTarget(around.manifest, specifier, asking.kind);
    if (!target.startsWith('./')) return await this.#bare(target, from, asking);
    const path = posix.join(around.folder, target);
    return await this.#files.find({ root: from.root, path }, { exact: true });
  }

  async #bare(
    specifier: string,
    from: Location | undefined,
    { mount, kind }: Asking,
  ): Promise<Location | undefined> {
    const [, name, subpath = ''] = BARE.exec(specifier) ?? [];
    if (name === undefined || name === 'node_modules' || !staysBelow(specifier)) return undefined;
    const wanted = { name, subpath };
    const self = from && (await this.#itself(name, from));
    if (self) return await this.#within(self, wanted, kind);
    for (const folder of await foldersFor(mount, from)) {
      // eslint-disable-next-line no-await-in-loop -- the nearest one counts
      const found = await mount.packageIn(folder, name);
      // eslint-disable-next-line no-await-in-loop
      if (found) return await this.#within(found, wanted, kind);
    }
    return undefined;
  }

  /** The package that imports, where it imports itself by its name. */
  async #itself(name: string, from: Location): Promise<Location | undefined> {
    const around = await this.#manifests.around(from);
    const isSelf = around?.manifest.name === name && around.manifest.exports;
    return isSelf ? { root: from.root, path: around.folder } : undefined;
  }

  /** The file of a package that a specifier means. */
  async #within(
    { root, path: folder }: Location,
    { name, subpath }: Wanted,
    kind: LoadKind,
  ): Promise<Location | undefined> {
    const manifest = await this.#manifests.at({ root, path: folder });
    if (manifest?.exports !== undefined && manifest.exports !== null) {
      const target = exportTarget({ ...manifest, name }, subpath, kind);
      return await this.#files.find({ root, path: posix.join(folder, target) }, { exact: true });
    }
    if (subpath !== '') {
      return await this.#files.find({ root, path: posix.join(folder, subpath) });
    }
    const { module } = manifest ?? {};
    if (kind === 'import' && module !== undefined && staysBelow(module)) {
      const found = await this.#files.find({ root, path: posix.join(folder, module) });
      if (found) return found;
    }
    return await this.#files.find({ root, path: folder });
  }

  async #read(file: Location, mount: PackageMount): Promise<ModuleSource> {
    const { source, isCommonJs } = await this.#files.read(file, mount.placeOf(file));
    if (isCommonJs) {
      if (this.#commonJs.size >= MAX_COMMON_JS) this.#commonJs.clear();
      this.#commonJs.add(source.filename);
    }
    return source;
  }

  #kindOf({ path }: ModuleImporter): LoadKind {
    return path.endsWith('.cjs') || this.#commonJs.has(path) ? 'require' : 'import';
  }

  /** Those that hold the importer, then those around it, the nearest first, then the others. */
  #mountsFor({ path, resolveDir }: ModuleImporter): PackageMount[] {
    const nearness = ({ place }: PackageMount): number => {
      if (below(place, path) !== undefined) return Infinity;
      const around = posix.dirname(place);
      const isAround = around === '/' || below(around, resolveDir) !== undefined;
      return isAround ? around.length : 0;
    };
    return this.#mounts.toSorted((a, b) => nearness(b) - nearness(a) || 0);
  }
}

/** The `node_modules` folders from an importing file upwards, the mount itself last. */
async function foldersFor(mount: PackageMount, from: Location | undefined): Promise<Location[]> {
  const folders: Location[] = [];
  const top = await mount.top();
  if (!from) return [top];
  const names = from.path.split('/');
  while (names.pop() !== undefined) {
    if (names.at(-1) === 'node_modules') names.pop();
    folders.push({ root: from.root, path: [...names, 'node_modules'].join('/') });
  }
  return [...folders, top];
}
