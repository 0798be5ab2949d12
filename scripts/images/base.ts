import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { run, works } from './command.ts';
import { platformOf, type Arch } from './image.ts';

/** Debian 12 as it is published; the same one that `debian:bookworm-slim` is made of. */
const SUITE = 'bookworm';
/** What Node and Deno are linked with, and the shell that sets a Deno process's limits. */
const PACKAGES = ['base-files', 'dash', 'libstdc++6'];
/** Debian's Chromium needs no screen in this build; fonts as wide as those that pages name, and emoji. */
const CHROMIUM = ['chromium-headless-shell', 'fonts-liberation', 'fonts-noto-color-emoji'];
/** Bytes nobody reads at run time. The licences stay. */
const TRIM = [
  'rm -rf "$1"/usr/share/locale "$1"/usr/share/man "$1"/usr/share/info "$1"/usr/lib/*/gconv',
  'find "$1"/usr/share/doc -type f ! -name copyright -delete',
  'mkdir -p -m 1777 "$1"/tmp',
];

/** Drivers of graphics cards, what they are compiled with, and Perl, which only desktops' scripts ask for: 280 MB. */
const TRIM_CHROMIUM = [
  'rm -rf "$1"/usr/lib/*/dri "$1"/usr/lib/*/libLLVM-* "$1"/usr/lib/*/libz3.so.*',
  'rm -rf "$1"/usr/share/perl* "$1"/usr/lib/*/perl* "$1"/usr/bin/perl* "$1"/usr/share/icons',
  'rm -rf "$1"/usr/lib/chromium/libVkLayer*',
];

export interface LocalBase {
  /** The root file system: 12 MB, with Chromium 400. */
  archive: string;
  /** Changes with the recipe: a part of the base image's tag. */
  hash: string;
}

/** A base made from Debian's packages, where no image registry is in reach. Kept until `--fresh`. */
export async function makeLocalBase(arch: Arch, withChromium = false): Promise<LocalBase> {
  const architecture = platformOf(arch).split('/')[1]!;
  const args = [
    '--quiet',
    '--variant=extract',
    `--architectures=${architecture}`,
    `--include=${[...PACKAGES, ...(withChromium ? CHROMIUM : [])].join(',')}`,
    ...[...TRIM, ...(withChromium ? TRIM_CHROMIUM : [])].map((hook) => `--extract-hook=${hook}`),
    SUITE,
  ];
  const hash = createHash('sha256').update(args.join('\0')).digest('hex').slice(0, 12);
  const archive = join(cacheFolder(), `base-${architecture}-${hash}.tar`);
  if (existsSync(archive)) return { archive, hash };
  await ensureProgram('mmdebstrap');
  // Files newer than this get its time: the same packages give the same archive.
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1700000000' };
  await run('mmdebstrap', [...args, `${archive}.part.tar`], { env });
  renameSync(`${archive}.part.tar`, archive);
  return { archive, hash };
}

/** Debian only recommends what buildah does not start without, even where nothing has a network. */
const NEEDED_WITH: Readonly<Record<string, readonly string[]>> = { buildah: ['netavark'] };

/** Installs a missing program where that can be done: as root, on Debian and its kin. */
export async function ensureProgram(name: string): Promise<void> {
  if (works(name)) return;
  if (process.getuid?.() !== 0 || !works('apt-get')) {
    throw new Error(`${name} is needed: install it (Debian, Ubuntu: apt-get install ${name})`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env });
  const packages = [name, ...(NEEDED_WITH[name] ?? [])];
  await run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { env });
}
