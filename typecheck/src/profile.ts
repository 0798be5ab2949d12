import type { Preset } from '@cofferdam/protocol';
import { declarationsOf, type DeclarationFile } from './declarations.ts';

/** What a script is for, in the words of its capabilities. */
export const PROFILES = ['backend', 'agent', 'browser-test'] as const;
/** What code is for, which says what globals it has. */
export type ProfileName = (typeof PROFILES)[number];

export const CAPABILITIES = [
  'fetch',
  'files',
  'tests',
  'browser',
  'server',
  'host',
  'tools',
  'console',
  'crypto',
  'encoding',
  'timers',
] as const;
/** A group of globals that code may use beside those of its profile. */
export type Capability = (typeof CAPABILITIES)[number];

const PLAIN = ['console', 'crypto', 'encoding', 'timers'] as const satisfies Capability[];
const PROFILE_CAPABILITIES: Record<ProfileName, readonly Capability[]> = {
  backend: ['fetch', 'files', ...PLAIN],
  agent: ['fetch', 'files', 'tools', ...PLAIN],
  'browser-test': ['fetch', 'tests', 'browser', ...PLAIN],
};

/** What a profile includes for each capability, and the groups of declarations behind that. */
const INCLUDES: Record<Capability, { name: string; groups: readonly string[] }> = {
  fetch: { name: 'fetch', groups: ['fetch', 'form', 'websocket', 'eventsource'] },
  files: { name: 'fs', groups: ['files', 'node-fs'] },
  tests: { name: 'testEnvironment', groups: ['tests'] },
  browser: { name: 'playwright', groups: ['browser'] },
  server: { name: 'server', groups: ['server'] },
  host: { name: 'host', groups: ['nested'] },
  tools: { name: 'tools', groups: ['tools'] },
  console: { name: 'console', groups: ['console'] },
  crypto: { name: 'crypto', groups: ['crypto'] },
  encoding: { name: 'encoding', groups: ['encoding', 'buffer'] },
  timers: { name: 'timers', groups: ['timers'] },
};

/** What is there whatever the capabilities are. */
const CORE_GROUPS = [
  'exception',
  'abort',
  'url',
  'urlpattern',
  'events',
  'clone',
  'platform',
  'performance',
  'blob',
  'reader',
  'channels',
  'streams',
  'async-context',
];

/** Which declarations are wanted. */
export interface TypeProfileOptions {
  /** Default `backend`. */
  profile?: ProfileName;
  /** Beside those of the profile. */
  capabilities?: readonly Capability[];
}

/** The declarations that code is checked against. */
export interface TypeProfile {
  profile: ProfileName;
  /** Those of the profile and those that were asked for, each once. */
  capabilities: Capability[];
  /** Names of what is declared: `core`, `fetch`, `fs`, `testEnvironment`… */
  include: string[];
  /** The declarations, complete: together they need nothing but the language's own library. */
  files: DeclarationFile[];
}

/** The declarations that fit a profile. Throws `INVALID_INPUT` for names that it does not know. */
export function typeProfile({ profile = 'backend', capabilities = [] }: TypeProfileOptions) {
  const all = [...new Set([...PROFILE_CAPABILITIES[profile], ...capabilities])];
  const included = all.map((capability) => INCLUDES[capability]);
  const groups = [...CORE_GROUPS, ...included.flatMap(({ groups: names }) => [...names])];
  return {
    profile,
    capabilities: all,
    include: ['core', ...included.map(({ name }) => name)],
    files: declarationsOf(groups),
  } satisfies TypeProfile;
}

/** The declarations of what a preset of the isolate engine offers. */
export function presetDeclarations(preset: Preset): DeclarationFile[] {
  return declarationsOf([`preset-${preset}`]);
}
