import { posix } from 'node:path';
import type { ModuleSource } from '../../../types.ts';
import type { Location, Manifests } from './manifest.ts';

/** As Node's CommonJS, then what bundlers add to it. */
const ENDINGS = ['.js', '.json', '.mjs', '.cjs', '.ts', '.tsx', '.jsx'];
const ES_SYNTAX =
  /^\s*(?:import\s*[\w$*{'"]|export\s*(?:[{*]|(?:default|const|let|var|function|class|async)\b))/m;

/** Files of packages as modules. */
export class PackageFiles {
  readonly #manifests: Manifests;

  constructor(manifests: Manifests) {
    this.#manifests = manifests;
  }

  /** The file that a path means; with `exact` no ending is added. */
  async find(at: Location, { exact = false } = {}): Promise<Location | undefined> {
    const kind = await at.root.kindAt(at.path);
    if (kind === 'file') return at;
    if (exact) return undefined;
    const { root, path } = at;
    if (posix.basename(path) !== 'node_modules' && path !== '') {
      const found = await this.#first(ENDINGS.map((ending) => ({ root, path: path + ending })));
      if (found) return found;
    }
    return kind === 'folder' ? await this.#main(at) : undefined;
  }

  async #main(at: Location): Promise<Location | undefined> {
    const { main } = (await this.#manifests.at(at)) ?? {};
    const path = main === undefined ? undefined : posix.join(at.path, main);
    if (path !== undefined && isBelow(at.path, path)) {
      const found = await this.find({ root: at.root, path });
      if (found) return found;
    }
    return await this.#first(
      ENDINGS.map((ending) => ({ root: at.root, path: posix.join(at.path, `index${ending}`) })),
    );
  }

  async #first(locations: readonly Location[]): Promise<Location | undefined> {
    for (const each of locations) {
      // eslint-disable-next-line no-await-in-loop -- the first one counts
      if ((await each.root.kindAt(each.path)) === 'file') return each;
    }
    return undefined;
  }

  async read(
    file: Location,
    place: string,
  ): Promise<{ source: ModuleSource; isCommonJs: boolean }> {
    if (file.path.endsWith('.node')) throw new Error(`'${place}' is native code`);
    const code = await file.root.read(file.path);
    const isCommonJs = await this.#mayBeCommonJs(file);
    const source: ModuleSource = {
      code,
      filename: place,
      resolveDir: posix.dirname(place),
      static: true,
      ...(isCommonJs && { format: 'commonjs' }),
    };
    return { source, isCommonJs: isCommonJs && !ES_SYNTAX.test(code) };
  }

  /** Node's rule: the ending says it, then the package's type. */
  async #mayBeCommonJs(file: Location): Promise<boolean> {
    const ending = posix.extname(file.path);
    if (ending === '.cjs') return true;
    if (ending !== '.js' && ending !== '.jsx') return false;
    const around = await this.#manifests.around(file);
    return around?.manifest.type !== 'module';
  }
}

/** A package's own manifest may lead nowhere else. */
function isBelow(folder: string, path: string): boolean {
  return folder === '' ? !path.startsWith('..') : path === folder || path.startsWith(`${folder}/`);
}
