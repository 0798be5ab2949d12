import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One of the container images. */
export interface Image {
  /** Repository of its tag, and the archive's file name. */
  name: string;
  dockerfile: string;
  /** Rooms whose sources it holds. */
  rooms: readonly string[];
  /** Rooms whose npm dependencies it holds; those of `cli` would bring the guest engines. */
  dependenciesOf: readonly string[];
  /** Whether guest code runs in it: Deno's program and the parser's and isolated-vm's native parts. */
  engines: boolean;
  /** Whether its base has Debian's Chromium. */
  chromium?: boolean;
}

export const IMAGES = {
  runner: {
    name: 'cofferdam-runner',
    dockerfile: 'Dockerfile.runner',
    rooms: ['protocol', 'runner'],
    dependenciesOf: ['runner'],
    engines: true,
  },
  browser: {
    name: 'cofferdam-browser',
    dockerfile: 'Dockerfile.browser',
    rooms: ['protocol', 'browser'],
    dependenciesOf: ['browser'],
    engines: false,
    chromium: true,
  },
  cofferdam: {
    name: 'cofferdam',
    dockerfile: 'Dockerfile',
    rooms: [
      'protocol',
      'telemetry',
      'typecheck',
      'kubernetes',
      'egress',
      'gateway',
      'operator',
      'cli',
    ],
    dependenciesOf: ['telemetry', 'typecheck', 'kubernetes', 'egress', 'gateway', 'operator'],
    engines: false,
  },
} as const satisfies Record<string, Image>;
export type ImageKey = keyof typeof IMAGES;

/** As npm and Node name architectures. */
export type Arch = 'x64' | 'arm64';

/** As Docker names them. */
const DOCKER_ARCH: Record<Arch, string> = { x64: 'amd64', arm64: 'arm64' };
export const platformOf = (arch: Arch): string => `linux/${DOCKER_ARCH[arch]}`;

/** Reads either naming; by default this machine's. */
export function archOf(name: string = process.arch): Arch {
  if (name === 'x64' || name === 'amd64') return 'x64';
  if (name === 'arm64') return 'arm64';
  throw new Error(`no images are made for the architecture '${name}': only amd64 and arm64`);
}

export interface Manifest {
  version: string;
  workspaces?: string[];
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

export function readManifest(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}
