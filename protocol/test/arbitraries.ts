import fc from 'fast-check';
import {
  CONCURRENCY_POLICIES,
  CONSOLE_LEVELS,
  ENGINES,
  EXIT_REASONS,
  LANGUAGES,
  LAYERS,
  LIMIT_BOUNDS,
  LIMIT_NAMES,
  PRESETS,
  REUSES,
  SCRIPT_MODES,
  SPAN_NAMES,
  type LimitName,
} from '@cofferdam/protocol';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const text = fc.string({ maxLength: 40 });
const json = fc.jsonValue().map((value) => JSON.stringify(value));
const figure = fc.double({ min: 0, max: 1e9, noNaN: true });
const time = fc.double({ min: 0, max: 2e12, noNaN: true });
const duration = fc.stringMatching(/^([1-9][0-9]{0,3}(ms|s|m|h|d)){1,4}$/);
const bytes = fc.stringMatching(/^[0-9]{1,6}(Ki|Mi|Gi)?$/);

/** Any of the properties may be missing, but those named are there. */
const record = <T>(required: (keyof T & string)[], model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: required as never[] }) as unknown as fc.Arbitrary<object>;

const wasmNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
);
const wasmFields = {
  entry: text,
  args: fc.array(wasmNumber, { maxLength: 4 }),
  imports: fc.dictionary(label, fc.dictionary(label, wasmNumber, { maxKeys: 3 }), { maxKeys: 3 }),
  wasi: record([], { args: fc.array(text), env: fc.dictionary(label, text), stdin: text }),
};

const limits = fc.record(
  Object.fromEntries(
    LIMIT_NAMES.map((name) => [
      name,
      fc.integer({ min: LIMIT_BOUNDS[name].minimum, max: LIMIT_BOUNDS[name].maximum }),
    ]),
  ) as Record<LimitName, fc.Arbitrary<number>>,
);

export const runRequests = record(
  ['runId', 'tenant', 'name', 'engine', 'preset', 'reuse', 'limits'],
  {
    runId: fc.uuid(),
    tenant: label,
    name: label,
    engine: fc.constantFrom(...ENGINES),
    code: text,
    language: fc.constantFrom(...LANGUAGES),
    preset: fc.constantFrom(...PRESETS),
    reuse: fc.constantFrom(...REUSES),
    input: json,
    env: json,
    wasm: record(['digest'], { digest: hex(64), ...wasmFields }),
    limits,
    ticket: hex(32),
    stream: fc.boolean(),
    notAfter: fc.nat(),
  },
);

const spans = fc.array(
  record(['name', 'start', 'end', 'parent'], {
    name: fc.constantFrom(...SPAN_NAMES),
    start: time,
    end: time,
    parent: fc.integer({ min: -1, max: 255 }),
    error: text,
    attributes: fc.dictionary(label, fc.oneof(text, figure, fc.boolean()), { maxKeys: 3 }),
  }),
  { maxLength: 4 },
);

export const runResults = record(['exitReason', 'logs', 'logsCut', 'stats', 'layers', 'spans'], {
  exitReason: fc.constantFrom(...EXIT_REASONS),
  value: json,
  exports: json,
  error: record(['name', 'message'], {
    name: text,
    message: text,
    stack: text,
    path: text,
    line: fc.nat(),
    column: fc.nat(),
  }),
  logs: fc.array(fc.record({ level: fc.constantFrom(...CONSOLE_LEVELS), message: text, time }), {
    maxLength: 4,
  }),
  logsCut: fc.boolean(),
  stubs: fc.array(text, { maxLength: 4 }),
  digest: hex(64),
  stats: record(
    ['cpuTimeMs', 'wallTimeMs', 'bridgeCalls', 'outputBytes', 'compileCached', 'warm', 'attempts'],
    {
      cpuTimeMs: figure,
      wallTimeMs: figure,
      memoryBytes: figure,
      bridgeCalls: figure,
      outputBytes: figure,
      compileCached: fc.boolean(),
      warm: fc.boolean(),
      attempts: fc.constantFrom(1, 2),
    },
  ),
  layers: fc.subarray([...LAYERS]),
  spans,
});

const keyRef = fc.record({ name: label, key: label });

const spec = record(['source'], {
  engine: fc.constantFrom(...ENGINES),
  source: record(['inline'], {
    inline: fc.string({ minLength: 1, maxLength: 40 }),
    language: fc.constantFrom(...LANGUAGES),
  }),
  wasm: record([], wasmFields),
  preset: fc.constantFrom(...PRESETS),
  input: fc.jsonValue(),
  env: fc.array(fc.record({ name: label, value: text }), { maxLength: 4 }),
  limits: record([], {
    cpuTime: duration,
    wallTime: duration,
    memory: bytes,
    output: bytes,
    bridgeCalls: fc.nat({ max: 100_000 }),
    bridgePayload: bytes,
    requests: fc.nat({ max: 10_000 }),
  }),
  permissions: record([], {
    net: fc.array(
      record(['host'], {
        host: fc.constantFrom('example.com', '*.example.com', '10.0.0.1', '[fd00::1]', 'demo'),
        ports: fc.array(fc.integer({ min: 1, max: 65_535 }), { minLength: 1, maxLength: 4 }),
        methods: fc.subarray(['GET', 'POST'], { minLength: 1 }),
        addHeadersFrom: fc.uniqueArray(
          record(['name', 'secretKeyRef'], {
            name: fc.constantFrom('Authorization', 'x-key', 'Host', "a!#$%&'*+.^_`|~"),
            prefix: fc.constantFrom('Bearer ', '~'),
            secretKeyRef: keyRef,
          }),
          { minLength: 1, maxLength: 4, selector: (header) => (header as { name: string }).name },
        ),
        caFrom: fc.oneof(
          fc.record({ secretKeyRef: keyRef }),
          fc.record({ configMapKeyRef: keyRef }),
        ),
      }),
      { maxLength: 4 },
    ),
    browser: fc.boolean(),
  }),
  mode: fc.constantFrom(...SCRIPT_MODES),
  route: record([], {
    host: fc.constantFrom('shop.example.com', 'localhost'),
    path: fc.constantFrom('/', '/shop', '/a/~b/c.d'),
    auth: fc.constantFrom('token', 'none'),
  }),
  server: record([], {
    minInstances: fc.nat({ max: 16 }),
    maxInstances: fc.integer({ min: 1, max: 16 }),
    concurrency: fc.integer({ min: 1, max: 256 }),
    idle: duration,
  }),
  schedule: record([], {
    every: duration,
    cron: fc.constantFrom('*/5 * * * *', '0 0 3 * * 1'),
    timeZone: fc.constant('Europe/Berlin'),
    concurrencyPolicy: fc.constantFrom(...CONCURRENCY_POLICIES),
    startingDeadline: duration,
    splay: duration,
  }),
  reuse: fc.constantFrom(...REUSES),
  suspend: fc.boolean(),
  history: fc.integer({ min: 1, max: 1000 }),
});

export const sandboxScripts = fc.record({
  apiVersion: fc.constant('cofferdam.dev/v1alpha1'),
  kind: fc.constant('SandboxScript'),
  metadata: record(['name'], {
    name: label,
    namespace: label,
    labels: fc.dictionary(label, text, { maxKeys: 3 }),
    annotations: fc.dictionary(label, text, { maxKeys: 3 }),
  }),
  spec,
});
