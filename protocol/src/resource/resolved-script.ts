import type { Engine, Language, Preset, Reuse } from '../run/guest-options.ts';
import { resolveLimits, type LimitName, type Limits } from '../run/limits.ts';
import type { NetRule, Permissions } from '../run/permissions.ts';

import { parseBytes, parseDuration } from '../run/units.ts';
import type { WasmCall } from '../run/wasm-call.ts';
import { DEFAULT_NAMESPACE } from './metadata.ts';
import type { SandboxScript, SandboxScriptSpec, ScriptLimits } from './sandbox-script.ts';

/** A script with every default filled in: what the operator publishes to the gateway. */
export interface ResolvedScript {
  uid: string;
  namespace: string;
  name: string;
  generation: number;
  engine: Engine;
  /** Source text; for engine wasm the base64 of the module. */
  code: string;
  language: Language;
  preset: Preset;
  reuse: Reuse;
  input?: unknown;
  env: Record<string, string>;
  wasm?: Omit<WasmCall, 'digest'>;
  limits: Limits;
  net: NetRule[];
  maxRequests: number;
  history: number;
}

/** The catalogue of resolved scripts; a higher version replaces a lower one whole. */
export interface Catalogue {
  version: number;
  scripts: ResolvedScript[];
}

export const DEFAULT_MAX_REQUESTS = 50;
const SPEC_DEFAULTS = {
  engine: 'isolate',
  preset: 'agent',
  reuse: 'none',
  env: [],
  limits: {} as ScriptLimits,
  permissions: {} as Permissions,
  history: 50,
} as const satisfies Partial<SandboxScriptSpec>;

const LIMIT_FIELDS: Record<LimitName, (limits: ScriptLimits) => number | undefined> = {
  cpuTimeMs: (limits) => duration(limits.cpuTime),
  wallTimeMs: (limits) => duration(limits.wallTime),
  memoryBytes: (limits) => bytes(limits.memory),
  outputBytes: (limits) => bytes(limits.output),
  bridgeCalls: (limits) => limits.bridgeCalls,
  bridgePayloadBytes: (limits) => bytes(limits.bridgePayload),
};

/** Fills in every default of a checked resource. */
export function resolveScript(
  resource: SandboxScript,
  identity: { uid: string; generation: number },
): ResolvedScript {
  const { metadata } = resource;
  const spec = { ...SPEC_DEFAULTS, ...resource.spec };
  return {
    ...identity,
    namespace: metadata.namespace ?? DEFAULT_NAMESPACE,
    name: metadata.name,
    engine: spec.engine,
    code: spec.source.inline,
    language: spec.source.language ?? 'auto',
    preset: spec.preset,
    reuse: spec.reuse,
    ...(spec.input === undefined ? {} : { input: spec.input }),
    env: Object.fromEntries(spec.env.map(({ name, value }) => [name, value])),
    ...(spec.wasm ? { wasm: spec.wasm } : {}),
    limits: resolveScriptLimits(spec.limits),
    net: spec.permissions.net ?? [],
    maxRequests: spec.limits.requests ?? DEFAULT_MAX_REQUESTS,
    history: spec.history,
  };
}

function resolveScriptLimits(limits: ScriptLimits): Limits {
  const asked: Partial<Limits> = {};
  for (const [name, read] of Object.entries(LIMIT_FIELDS) as [
    LimitName,
    (typeof LIMIT_FIELDS)[LimitName],
  ][]) {
    const value = read(limits);
    if (value !== undefined) asked[name] = value;
  }
  return resolveLimits(asked);
}

const duration = (text: string | undefined) =>
  text === undefined ? undefined : parseDuration(text);
const bytes = (text: string | undefined) => (text === undefined ? undefined : parseBytes(text));
