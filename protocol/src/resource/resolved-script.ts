import { CofferdamError } from '../error/cofferdam-error.ts';
import type { Engine, Language, Preset, Reuse, ScriptMode } from '../run/guest-options.ts';
import type { Limits } from '../run/limits.ts';
import type { RuleCredentials } from '../run/credentials.ts';
import type { NetRule } from '../run/permissions.ts';
import type { Traffic } from '../run/traffic.ts';
import { parseDuration } from '../run/units.ts';
import type { WasmCall } from '../run/wasm-call.ts';
import { DEFAULT_NAMESPACE } from './metadata.ts';
import { limitsInPool, requestsInPool, type ResolvedPool } from './resolved-pool.ts';
import type { SandboxScript, SandboxScriptSpec } from './sandbox-script.ts';
import { readTraffic, type ScriptLimits } from './script-limits.ts';
import type { ScriptPermissions } from './script-permissions.ts';
import type { EnvVar } from './script-program.ts';
import { SERVER_DEFAULTS, type Route, type ServerScaling } from './script-server.ts';

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
  /** Absent for `script`. */
  mode?: Exclude<ScriptMode, 'script'>;
  /** Of a server. */
  server?: ResolvedServer;
  input?: unknown;
  env: Record<string, string>;
  wasm?: Omit<WasmCall, 'digest'>;
  limits: Limits;
  net: NetRule[];
  /** What rules of `net` add and trust. Secret: it goes from gateway to egress, and nowhere else. */
  credentials?: RuleCredentials[];
  /** Whether it may use a browser. */
  browser?: true;
  maxRequests: number;
  /** What it asks for of bytes, connections and bandwidth; its pool's say is the gateway's to apply. */
  traffic?: Partial<Traffic>;
  history: number;
  /** The SandboxPool whose runners run it; absent without a cluster. */
  pool?: string;
}

/** How a server is kept and where it answers. */
export interface ResolvedServer {
  minInstances: number;
  maxInstances: number;
  /** Requests that one instance answers at once. */
  concurrency: number;
  idleMs: number;
  /** It answers nothing for now. */
  suspended: boolean;
  route?: ResolvedRoute;
}

/** An address beside the script's own under /v1. */
export interface ResolvedRoute {
  /** Any host where absent. */
  host?: string;
  /** `/`, or segments without an end of `/`. */
  path: string;
  auth: 'token' | 'none';
}

/** The catalogue of resolved scripts; a higher version replaces a lower one whole. */
export interface Catalogue {
  version: number;
  scripts: ResolvedScript[];
}

/** What a script's references lead to. Without a cluster there is none of it. */
export interface ScriptReferences {
  /** The values of `valueFrom`, by the variable's name. One that is optional may be missing. */
  env?: Readonly<Record<string, string>>;
  /** The text that `source.configMapKeyRef` leads to. */
  source?: string;
  /** What `addHeadersFrom` and `caFrom` lead to: an entry for each rule that has one of them. */
  credentials?: readonly RuleCredentials[];
  /** The pool that it runs in, for its defaults and ceilings. */
  pool?: ResolvedPool;
}

const SPEC_DEFAULTS = {
  engine: 'isolate',
  preset: 'agent',
  reuse: 'none',
  env: [],
  limits: {} as ScriptLimits,
  permissions: {} as ScriptPermissions,
  history: 50,
} as const satisfies Partial<SandboxScriptSpec>;

/**
 * Fills in every default of a checked resource. Throws `INVALID_INPUT` when something that it refers
 * to, and that is not optional, is not among the references.
 */
export function resolveScript(
  resource: SandboxScript,
  identity: { uid: string; generation: number },
  references: ScriptReferences = {},
): ResolvedScript {
  const { metadata } = resource;
  const { pool } = references;
  const mode = resource.spec.mode ?? 'script';
  const preset: Preset = mode === 'script' ? SPEC_DEFAULTS.preset : 'web';
  const spec = { ...SPEC_DEFAULTS, preset, ...resource.spec };
  return {
    ...identity,
    namespace: metadata.namespace ?? DEFAULT_NAMESPACE,
    name: metadata.name,
    engine: spec.engine,
    ...resolveSource(spec.source, references.source),
    preset: spec.preset,
    reuse: spec.reuse,
    ...resolveMode(mode, spec),
    ...(spec.input === undefined ? {} : { input: spec.input }),
    env: resolveEnv(spec.env, references.env),
    ...(spec.wasm ? { wasm: spec.wasm } : {}),
    limits: limitsInPool(spec.limits, pool),
    ...resolvePermissions(spec.permissions, references.credentials),
    maxRequests: requestsInPool(spec.limits.requests, pool),
    ...trafficOf(spec.limits),
    history: spec.history,
    ...(pool ? { pool: pool.name } : {}),
  };
}

function trafficOf(limits: ScriptLimits): Pick<ResolvedScript, 'traffic'> {
  const traffic = readTraffic(limits);
  return Object.keys(traffic).length > 0 ? { traffic } : {};
}

function resolveMode(
  mode: ScriptMode,
  spec: Pick<SandboxScriptSpec, 'server' | 'route' | 'suspend'>,
): Pick<ResolvedScript, 'mode' | 'server'> {
  if (mode === 'script') return {};
  return mode === 'server' ? { mode, server: resolveServer(spec) } : { mode };
}

function resolvePermissions(
  { net = [], browser }: ScriptPermissions,
  credentials: readonly RuleCredentials[] = [],
): Pick<ResolvedScript, 'net' | 'credentials' | 'browser'> {
  const has = (index: number) => credentials.some(({ rule }) => rule === index);
  const rules = net.map(({ addHeadersFrom, caFrom, ...rule }, index): NetRule => {
    if ((addHeadersFrom || caFrom) && !has(index)) unresolved(`spec.permissions.net.${index}`);
    return rule;
  });
  return {
    net: rules,
    ...(credentials.length > 0 ? { credentials: [...credentials] } : {}),
    ...(browser ? { browser } : {}),
  };
}

/** Why a script is not something to run, if it is not. */
export function notRun({ mode }: Pick<ResolvedScript, 'mode'>): string | undefined {
  if (mode === 'worker') return 'is a worker: it is connected to, not run';
  return mode === 'server' ? 'is a server: it is asked over HTTP, not run' : undefined;
}

function resolveServer({
  server = {},
  route,
  suspend = false,
}: Pick<SandboxScriptSpec, 'server' | 'route' | 'suspend'>): ResolvedServer {
  const { idle, ...counts }: Required<ServerScaling> = { ...SERVER_DEFAULTS, ...server };
  return {
    ...counts,
    idleMs: parseDuration(idle)!,
    suspended: suspend,
    ...(route ? { route: resolveRoute(route) } : {}),
  };
}

/** The route with its defaults. */
export function resolveRoute({ host, path = '/', auth = 'token' }: Route): ResolvedRoute {
  return { ...(host === undefined ? {} : { host }), path, auth };
}

function resolveSource(
  { inline, language = 'auto' }: SandboxScriptSpec['source'],
  text: string | undefined,
): Pick<ResolvedScript, 'code' | 'language'> {
  return { code: inline ?? text ?? unresolved('spec.source'), language };
}

function resolveEnv(
  variables: readonly EnvVar[],
  values: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [index, { name, value, valueFrom }] of variables.entries()) {
    const text = value ?? (Object.hasOwn(values, name) ? values[name] : undefined);
    if (text !== undefined) entries.push([name, text]);
    else if (!isOptional(valueFrom)) unresolved(`spec.env.${index}`);
  }
  return Object.fromEntries(entries);
}

function isOptional(valueFrom: EnvVar['valueFrom']): boolean {
  return (valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef)?.optional === true;
}

function unresolved(path: string): never {
  throw new CofferdamError('INVALID_INPUT', `${path}: has no value`);
}
