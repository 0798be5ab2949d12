import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, dirname } from 'node:path';

/** The daemon's V8 isolates are built for this one. */
const MAJOR = '24';
/** What the published package brings is one platform's; `node` fetches it when it is installed. */
const PACKAGES = [`node-${process.platform}-${process.arch}`, 'node'];

/** The Node that a daemon runs on: this one where it will do, otherwise the one that the package brings. */
export function nodeBinary(): string {
  const { node, bun } = process.versions as Record<string, string | undefined>;
  if (bun === undefined && node?.split('.')[0] === MAJOR) return process.execPath;
  return PACKAGES.map(programOf).find((path) => path !== undefined) ?? 'node';
}

function programOf(name: string): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const program = join(dirname(manifest), 'bin', 'node');
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined; // not installed
  }
}
