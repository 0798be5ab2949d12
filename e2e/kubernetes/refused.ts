/** A resource that an API server refuses, and what it says, which names the field. */
interface Refused {
  what: string;
  kind: 'SandboxScript' | 'SandboxRun' | 'SandboxPool';
  name?: string;
  spec: object;
  message: string | RegExp;
}

const source = { inline: 'return 1' };
const secretKeyRef = { name: 's', key: 'k' };
const configMapKeyRef = { name: 'c', key: 'main.js' };
/** A script with one rule. */
const reaching = (rule: object) => ({
  source,
  permissions: { net: [{ host: 'a.test', ...rule }] },
});
const header = { name: 'x-key', secretKeyRef };

function scripts(...rows: [string, object, string | RegExp][]): Refused[] {
  return rows.map(([what, spec, message]) => ({ kind: 'SandboxScript', what, spec, message }));
}
function runs(...rows: [string, object, string | RegExp][]): Refused[] {
  return rows.map(([what, spec, message]) => ({ kind: 'SandboxRun', what, spec, message }));
}
function pools(...rows: [string, object, string | RegExp][]): Refused[] {
  return rows.map(([what, spec, message]) => ({ kind: 'SandboxPool', what, spec, message }));
}

export const REFUSED: Refused[] = [
  ...scripts(
    ['a script without a source', {}, 'spec.source: Required'],
    ['no kind of source', { source: {} }, 'spec.source: Invalid value: source needs exactly one'],
    ['two sources', { source: { ...source, configMapKeyRef } }, 'spec.source: Invalid value'],
    ['a typing error', { source, shcedule: {} }, 'unknown field "spec.shcedule"'],
    [
      'a source too large',
      { source: { inline: 'x'.repeat(131_073) } },
      'spec.source.inline: Too long',
    ],
    ['an unknown engine', { source, engine: 'vm2' }, 'spec.engine: Unsupported value'],
    ['an unknown mode', { source, mode: 'daemon' }, 'spec.mode: Unsupported value'],
    ['a worker of Deno', { source, mode: 'worker', engine: 'deno' }, 'only the isolate engine'],
    ['a worker without a platform', { source, mode: 'worker', preset: 'data' }, 'spec.preset: '],
    ['a check of Deno', { source, mode: 'check', engine: 'deno' }, 'only the isolate engine'],
    [
      'a server with a schedule',
      { source, mode: 'server', schedule: { every: '5s' } },
      'spec.mode: ',
    ],
    ['a route of a script', { source, route: { path: '/a' } }, 'spec.mode: '],
    ['a route to nowhere', { source, mode: 'server', route: {} }, 'route needs a `host`'],
    [
      'a path of the API',
      { source, mode: 'server', route: { path: '/v1/a' } },
      'the API has this path',
    ],
    [
      'a path that climbs',
      { source, mode: 'server', route: { path: '/a/../b' } },
      'spec.route.path: ',
    ],
    [
      'a wildcard host',
      { source, mode: 'server', route: { host: '*.example.com' } },
      'spec.route.host: ',
    ],
    [
      'more instances at least than at most',
      { source, mode: 'server', server: { minInstances: 9 } },
      'minInstances is more than maxInstances',
    ],
    [
      'a browser of Deno',
      { source, engine: 'deno', permissions: { browser: true } },
      'only the isolate engine has a browser',
    ],
    [
      'a worker with a schedule',
      { source, mode: 'worker', schedule: { every: '5s' } },
      'spec.mode: Invalid value',
    ],
    [
      'both every and cron',
      { source, schedule: { every: '5s', cron: '* * * * *' } },
      'spec.schedule: ',
    ],
    [
      'neither of them',
      { source, schedule: {} },
      'schedule needs exactly one of `every` and `cron`',
    ],
    ['no duration', { source, schedule: { every: 'often' } }, 'spec.schedule.every: Invalid value'],
    [
      'a time zone of every',
      { source, schedule: { every: '5s', timeZone: 'UTC' } },
      'spec.schedule.timeZone: ',
    ],
    [
      'wasm without its engine',
      { source, wasm: { entry: 'f' } },
      'spec.wasm: Invalid value: wasm needs',
    ],
    [
      'a language of WebAssembly',
      { source: { ...source, language: 'javascript' }, engine: 'wasm' },
      'source.language',
    ],
    [
      'a map as an argument',
      { source, engine: 'wasm', wasm: { args: [{ a: 1 }] } },
      'spec.wasm.args[0]',
    ],
    [
      'a list as an argument',
      { source, engine: 'wasm', wasm: { args: [[1]] } },
      'spec.wasm.args[0]',
    ],
    [
      'a word as an argument',
      { source, engine: 'wasm', wasm: { args: ['0x1'] } },
      'spec.wasm.args[0]',
    ],
    ['a preset of Deno', { source, engine: 'deno', preset: 'web' }, 'spec.preset: '],
    ['reuse of Deno', { source, engine: 'deno', reuse: 'script' }, 'spec.reuse: '],
    ['a variable without a value', { source, env: [{ name: 'A' }] }, 'spec.env[0]: '],
    [
      'a variable with two values',
      { source, env: [{ name: 'A', value: '', valueFrom: { secretKeyRef } }] },
      'spec.env[0]: ',
    ],
    [
      'a value from nowhere',
      { source, env: [{ name: 'A', valueFrom: {} }] },
      'spec.env[0].valueFrom: ',
    ],
    [
      'a Secret of another namespace',
      {
        source,
        env: [{ name: 'A', valueFrom: { secretKeyRef: { ...secretKeyRef, namespace: 'b' } } }],
      },
      'secretKeyRef.namespace',
    ],
    [
      'a Secret by a path',
      { source, env: [{ name: 'A', valueFrom: { secretKeyRef: { name: '../b', key: 'k' } } }] },
      'spec.env[0].valueFrom.secretKeyRef.name: ',
    ],
    [
      'a header of a Secret of another namespace',
      reaching({
        addHeadersFrom: [{ ...header, secretKeyRef: { ...secretKeyRef, namespace: 'b' } }],
      }),
      'secretKeyRef.namespace',
    ],
    [
      'a header with a line break in its name',
      reaching({ addHeadersFrom: [{ ...header, name: 'x\r\ny' }] }),
      'spec.permissions.net[0].addHeadersFrom[0].name: ',
    ],
    [
      'a header with a line break before its value',
      reaching({ addHeadersFrom: [{ ...header, prefix: 'x\n' }] }),
      'spec.permissions.net[0].addHeadersFrom[0].prefix: ',
    ],
    [
      'a header with its value',
      reaching({ addHeadersFrom: [{ ...header, value: 'x' }] }),
      'addHeadersFrom[0].value',
    ],
    [
      'a header that stands twice',
      reaching({ addHeadersFrom: [header, header] }),
      'spec.permissions.net[0].addHeadersFrom[1]: Duplicate value',
    ],
    ['an authority from nowhere', reaching({ caFrom: {} }), 'spec.permissions.net[0].caFrom: '],
    [
      'an authority from two places',
      reaching({ caFrom: { secretKeyRef, configMapKeyRef } }),
      'spec.permissions.net[0].caFrom: ',
    ],
    [
      'a variable that stands twice',
      {
        source,
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
      'spec.env[1]: Duplicate value',
    ],
    [
      'a host with a scheme',
      { source, permissions: { net: [{ host: 'http://x' }] } },
      'spec.permissions.net[0].host: ',
    ],
    [
      'the port 0',
      { source, permissions: { net: [{ host: 'x', ports: [0] }] } },
      'spec.permissions.net[0].ports[0]: ',
    ],
    ['no amount of memory', { source, limits: { memory: '1 GB' } }, 'spec.limits.memory: '],
    ['no kept runs', { source, history: 0 }, 'spec.history: '],
    ['a pool by a path', { source, poolRef: 'a/b' }, 'spec.poolRef: '],
  ),
  {
    what: 'a name with a dot',
    kind: 'SandboxScript',
    name: 'a.b',
    spec: { source },
    message: 'metadata.name must be',
  },
  ...runs(
    [
      'a run of nothing',
      {},
      'spec: Invalid value: spec needs exactly one of `scriptRef` and `script`',
    ],
    [
      'a run of two scripts',
      { scriptRef: { name: 'a' }, script: { source } },
      'spec: Invalid value',
    ],
    [
      'a time to live below 0',
      { scriptRef: { name: 'a' }, ttlSecondsAfterFinished: -1 },
      'spec.ttlSecondsAfterFinished: ',
    ],
    [
      'an inline preset of Deno',
      { script: { source, engine: 'deno', preset: 'web' } },
      'spec.script.preset: ',
    ],
    [
      'a schedule of a run',
      { script: { source, schedule: { every: '5s' } } },
      'unknown field "spec.script.schedule"',
    ],
  ),
  ...pools(
    ['more at least than at most', { warm: { minimum: 9, maximum: 3 } }, 'spec.warm.minimum: '],
    ['more at least than at most by default', { warm: { minimum: 17 } }, 'spec.warm.minimum: '],
    ['too many pods', { warm: { maximum: 501 } }, 'spec.warm.maximum: '],
    ['no pods', { warm: { maximum: 0 } }, 'spec.warm.maximum: '],
    ['cores in words', { resources: { limits: { cpu: 'two' } } }, 'spec.resources.limits.cpu: '],
    [
      'a namespace that stands twice',
      { namespaces: ['a', 'a'] },
      'spec.namespaces[1]: Duplicate value',
    ],
    ['no namespaces', { namespaces: [] }, 'spec.namespaces: '],
    ['a pattern of namespaces', { namespaces: ['team-*'] }, 'spec.namespaces[0]: '],
    ['a range in words', { egress: { allowedCIDRs: ['home'] } }, 'spec.egress.allowedCIDRs[0]: '],
    ['no RuntimeClass', { runtimeClassName: '' }, 'spec.runtimeClassName: '],
    ['isolation of another kind', { isolation: 'None' }, 'spec.isolation: Unsupported value'],
    ['too many runs in a process', { runsPerProcess: 65 }, 'spec.runsPerProcess: '],
  ),
];
