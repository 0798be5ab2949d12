import {
  routeProblem,
  SERVER_DEFAULTS,
  type Problem,
  type SandboxScriptSpec,
  type ScriptMode,
} from '@cofferdam/protocol';

type OtherMode = Exclude<ScriptMode, 'script'>;
type Field = keyof SandboxScriptSpec;

/** Fields that a mode has no use for, as whoever applies one is told. */
const NONE_OF: Record<ScriptMode, readonly Field[]> = {
  script: ['route', 'server'],
  check: ['route', 'server'],
  server: ['schedule', 'input'],
  worker: ['schedule', 'input', 'env', 'permissions', 'route', 'server'],
};
const PLURALS: Record<OtherMode, string> = {
  check: 'checks',
  server: 'servers',
  worker: 'workers',
};

/** What is wrong with a script because of its mode. */
export function checkMode(spec: SandboxScriptSpec): Problem[] {
  const { mode = 'script' } = spec;
  const taken = NONE_OF[mode].filter((name) => spec[name] !== undefined);
  return [
    ...(mode === 'script' ? [] : checkOther(mode, spec)),
    ...taken.map((name) => ({ path: `spec.${name}`, message: `a ${mode} has none` })),
    ...(mode === 'server' ? checkServer(spec) : []),
  ];
}

function checkOther(mode: OtherMode, spec: SandboxScriptSpec): Problem[] {
  const { engine = 'isolate', preset = 'web', reuse = 'none' } = spec;
  const problems: Problem[] = [];
  if (engine !== 'isolate') {
    const message = `only the isolate engine has ${PLURALS[mode]}`;
    problems.push({ path: 'spec.mode', message });
  }
  if (preset !== 'web') problems.push({ path: 'spec.preset', message: `a ${mode} has preset web` });
  if (reuse === 'script') problems.push({ path: 'spec.reuse', message: `a ${mode} has none` });
  return problems;
}

function checkServer({ route, server = {} }: SandboxScriptSpec): Problem[] {
  const { minInstances, maxInstances } = { ...SERVER_DEFAULTS, ...server };
  const problems: Problem[] = [];
  if (minInstances > maxInstances) {
    problems.push({ path: 'spec.server.minInstances', message: 'is more than maxInstances' });
  }
  if (!route) return problems;
  const { host, path = '/' } = route;
  if (host === undefined && path === '/') {
    problems.push({ path: 'spec.route', message: 'needs a `host` or a `path` below /' });
  } else if (host === undefined) {
    // Which hosts there may be is not the document's to say, but its instance's.
    const message = routeProblem({ path, auth: 'token' });
    if (message !== undefined) problems.push({ path: 'spec.route.path', message });
  }
  return problems;
}
