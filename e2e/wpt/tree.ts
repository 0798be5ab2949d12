import { existsSync, globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { cacheFolder } from '../../scripts/images/cache.ts';
import { ARCHIVE_SHA256, unpackTests } from './source-package.ts';

const require = createRequire(import.meta.url);

/** The tests' server answers with a package of npm, which Debian left out. */
const IDL_PARSER = 'resources/WebIDLParser.js';

/** A folder with the web platform's tests. Names in it have no slash at the front. */
export class TestTree {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = resolve(folder);
  }

  /** The one of `COFFERDAM_WPT`, else the pinned one, which is fetched once. */
  static async open(): Promise<TestTree> {
    const given = process.env['COFFERDAM_WPT'];
    if (given) return new TestTree(given);
    const folder = join(cacheFolder('..', 'wpt'), ARCHIVE_SHA256.slice(0, 16));
    if (!existsSync(folder)) await unpackTests(folder);
    return new TestTree(folder);
  }

  list(pattern: string): string[] {
    return globSync(pattern, { cwd: this.folder }).toSorted();
  }

  /** The bytes of a file; undefined where the tree has none of that name. */
  async read(name: string): Promise<Buffer | undefined> {
    if (name === IDL_PARSER) return readFile(require.resolve('webidl2'));
    const path = resolve(this.folder, name);
    if (!path.startsWith(this.folder + sep)) return undefined;
    return readFile(path).catch(() => undefined);
  }

  async text(name: string): Promise<string> {
    const bytes = await this.read(name);
    if (!bytes) throw new Error(`The tests have no ${name}`);
    return bytes.toString('utf8');
  }
}
