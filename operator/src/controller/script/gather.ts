import {
  resolveScript,
  type Engine,
  type ResolvedScript,
  type SandboxScript,
  type ScriptReferences,
  type ScriptStatus,
} from '@cofferdam/protocol';
import type { ScriptEntry, ScriptSource } from '../../sources/source.ts';
import { compileKey, digestOfJson } from '../../status/digest.ts';
import type { CompileVerdict, ScriptStore, StoredScript } from '../../status/script-store.ts';
import type { Finding } from './conditions.ts';
import type { RouteClaims } from './route-claims.ts';

/** Why the last try to run or compile said nothing about the script. */
export interface Fault {
  code: string;
  message: string;
}

/** What resources refer to: pools, Secrets and ConfigMaps. */
export interface References {
  /** What the script refers to, or why it is not all there. */
  of(resource: SandboxScript): { references: ScriptReferences } | { obstacle: Finding };
}

/** All that is known of one script at one moment. */
export interface Gathered {
  /** Milliseconds since the epoch. */
  now: number;
  uid: string;
  /** Absent: the source no longer has it. */
  entry?: ScriptEntry;
  generation: number;
  previous?: ScriptStatus;
  /** The last scheduled time that was decided on. */
  decided?: number;
  /** Absent: the resource is not valid. */
  script?: ResolvedScript;
  /** Why a valid resource cannot run as it is. */
  obstacle?: Finding;
  /** Absent: nobody has said yet whether this source compiles. */
  verdict?: CompileVerdict;
  fault?: Fault;
  /** The engines that this instance has. */
  engines: ReadonlySet<Engine>;
}

export interface GatherOptions {
  source: ScriptSource;
  store: ScriptStore;
  references?: References | undefined;
  routes: Pick<RouteClaims, 'obstacle'>;
  engines: ReadonlySet<Engine>;
  now: () => number;
  faultOf: (key: string) => Fault | undefined;
}

/** Reads everything that a decision about the script needs. */
export function gather(
  key: string,
  { source, store, engines, references, routes, now, faultOf }: GatherOptions,
): Gathered {
  const uid = store.uidOf(key) ?? '';
  const entry = source.get(key);
  const base = { now: now(), uid, engines, ...optional('fault', faultOf(key)) };
  if (!entry) return { ...base, generation: store.read(uid)?.generation ?? 0 };
  if (!entry.resource) return { ...base, entry, ...known(store.observe(uid, brokenDigest(entry))) };
  const stored = store.observe(uid, digestOfJson(entry.resource.spec));
  const obstacle = routes.obstacle(key);
  if (obstacle) return { ...base, entry, ...known(stored), obstacle };
  return {
    ...base,
    entry,
    ...known(stored),
    ...ready(entry.resource, { uid, stored, store, references }),
  };
}

function ready(
  resource: SandboxScript,
  { uid, stored, store, references }: ReadyOptions,
): Pick<Gathered, 'script' | 'verdict' | 'obstacle'> {
  const found = references?.of(resource);
  if (found && 'obstacle' in found) return { obstacle: found.obstacle };
  const identity = { uid, generation: stored.generation };
  const script = resolveScript(resource, identity, found?.references);
  return { script, ...optional('verdict', store.verdict(compileKey(script))) };
}

interface ReadyOptions {
  uid: string;
  stored: StoredScript;
  store: ScriptStore;
  references: References | undefined;
}

function known({ generation, status, decided }: StoredScript) {
  return { generation, ...optional('previous', status), ...optional('decided', decided) };
}

/** A broken document has no spec to digest: what is wrong with it stands for it. */
function brokenDigest({ problems }: ScriptEntry): string {
  return digestOfJson(problems.map(({ path, message }) => ({ path, message })));
}

function optional<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: V };
}
