import * as protocol from '@cofferdam/protocol';
import {
  checker,
  CofferdamError,
  FetchCallSchema,
  junitXml,
  LogLineSchema,
  parser,
  RunResultSchema,
  ServerHeadSchema,
  TestResultsSchema,
} from '@cofferdam/protocol';
import { Compile, Type, type TSchema } from '@cofferdam/protocol/typebox';
import { requestHeaders, responseHeaders } from '../../egress/src/headers.ts';
import { Policy } from '../../egress/src/policy.ts';
import { nextHop } from '../../egress/src/redirect.ts';
import { parseTarget } from '../../egress/src/target.ts';
import { readClientMessage } from '../../gateway/src/core/runtimes/worker-messages.ts';
import { readFigures } from '../../gateway/src/core/runners/figures.ts';
import { readRunnerHello } from '../../gateway/src/core/runners/hello.ts';
import { checkResult, type ResultBounds } from '../../gateway/src/core/runs/check-result.ts';
import { liveLog } from '../../gateway/src/core/runs/live-log.ts';
import { readInspection } from '../../gateway/src/core/wasm/inspection.ts';
import * as requests from '../../gateway/src/http/schemas/requests.ts';
import * as sessions from '../../gateway/src/http/schemas/sessions.ts';
import { responseHeaders as serverHeaders } from '../../gateway/src/http/servers/response-head.ts';
import * as isolates from '../../runner/src/engines/isolate/read-inside.ts';
import * as runtimes from '../../runner/src/runtimes/read-inside.ts';
import type { Random } from '../src/random.ts';
import { mutatedBytes } from './mutate-bytes.ts';
import type { Schema } from './schema-values.ts';
import { jsonSubject, type Subject } from './subject.ts';

const count = { type: 'integer', minimum: 0 };
const engine: Schema = {
  type: 'object',
  required: ['active', 'spare', 'completed', 'killed', 'processes'],
  properties: {
    ...{ active: count, spare: count, completed: count, killed: count },
    processes: {
      type: 'array',
      items: { type: 'object', required: ['rssBytes'], properties: { rssBytes: count } },
    },
  },
};
const FIGURES: Schema = {
  type: 'object',
  required: ['engines', 'rssBytes'],
  properties: {
    engines: { type: 'object', properties: { isolate: engine, deno: engine, wasm: engine } },
    rssBytes: count,
  },
};
const INSIDE: Schema = {
  type: 'object',
  required: [
    'exitReason',
    'logsCut',
    'cpuTimeMs',
    'bridgeCalls',
    'outputBytes',
    'warm',
    'times',
    'fetches',
  ],
  properties: {
    exitReason: { enum: ['Completed', 'CpuTime', 'Memory'] },
    ...{ value: { type: 'string' }, message: { type: 'string' }, ended: { type: 'boolean' } },
    ...{ logsCut: { type: 'boolean' }, warm: { type: 'boolean' }, doomed: { type: 'boolean' } },
    ...{ cpuTimeMs: count, bridgeCalls: count, outputBytes: count, rssBytes: count, spares: count },
    times: {
      type: 'object',
      required: ['taken', 'began', 'ended'],
      properties: { taken: count, began: count, ended: count },
    },
    fetches: {
      type: 'array',
      items: { type: 'object', properties: { host: { type: 'string' }, start: count, end: count } },
    },
    runs: {
      type: 'array',
      items: {
        type: 'object',
        properties: { runId: { type: 'string' }, cpuTimeMs: count, recentCpuMs: count },
      },
    },
    runtimes: {
      type: 'array',
      items: { type: 'object', properties: { runtimeId: { type: 'string' }, heapBytes: count } },
    },
  },
};
const INSPECTION: Schema = {
  type: 'object',
  required: ['exports', 'imports'],
  properties: {
    exports: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, kind: { type: 'string' } } },
    },
    imports: { type: 'array' },
  },
};
const CLIENT: Schema = {
  type: 'object',
  properties: {
    event: { type: 'string' },
    data: {},
    id: count,
    result: {},
    error: { type: 'object', properties: { message: { type: 'string' } } },
  },
};
const HELLO: Schema = {
  type: 'object',
  required: ['role', 'token', 'layers', 'versions'],
  properties: {
    role: { enum: ['runner', 'browser'] },
    token: { type: 'string', minLength: 16 },
    layers: { type: 'array', items: { enum: ['process', 'container', 'gvisor'] } },
    versions: { type: 'object', patternProperties: { '^.*$': { type: 'string' } } },
  },
};

const span = { name: 'execute', start: 1_100, end: 1_900, parent: -1 };
const sample = {
  exitReason: 'Completed',
  value: '{"a":[1,2]}',
  logs: [{ level: 'log', message: 'x', time: 1_500 }],
  logsCut: false,
  stats: {
    ...{ cpuTimeMs: 1, wallTimeMs: 1, bridgeCalls: 0, outputBytes: 2 },
    ...{ compileCached: false, warm: true, attempts: 1 },
  },
  layers: ['isolate', 'process'],
  spans: [span, { ...span, name: 'bridge', parent: 0, attributes: { 'http.host': 'a' } }],
};
const RESULTS = Array.from({ length: 24 }, (_, index) =>
  index % 2
    ? { ...sample, exports: '{"default":1}' }
    : {
        ...sample,
        exitReason: 'Exception',
        value: undefined,
        error: { name: 'E', message: 'm' },
      },
);
const FETCHES = Array.from({ length: 24 }, () => ({
  ticket: 'a'.repeat(22),
  url: 'https://www.example.com/a?b',
  method: 'GET',
  headers: [['accept', '*/*']],
  redirect: 'follow',
  hasBody: false,
}));

const BOUNDS: ResultBounds = {
  ...{ outputBytes: 65_536, start: 1_000, end: 2_000, layers: ['process'], digest: 'a'.repeat(64) },
  ...{ cancelled: false, mayExpire: false },
};

/** What is believed of a result is within what the gateway knows. */
function readResult(value: unknown): void {
  const result = checkResult(value, BOUNDS);
  const times = [
    ...result.logs.map(({ time }) => time),
    ...result.spans.flatMap(({ start, end }) => [start, end]),
  ];
  if (times.some((time) => !(time >= BOUNDS.start && time <= BOUNDS.end)))
    throw new Error('a time outside of the run');
  if (result.digest !== BOUNDS.digest) throw new Error('a digest of the runner’s own');
  if (result.layers.some((layer) => layer === 'gvisor' || layer === 'container'))
    throw new Error('a layer that there is not');
  if (result.spans.some(({ parent }, index) => parent >= index))
    throw new Error('spans in a circle');
  if (result.exitReason === 'Cancelled' || result.exitReason === 'Expired')
    throw new Error('an ending of the gateway’s');
}

const checkHead = parser(ServerHeadSchema, 'PROTOCOL_VIOLATION');

function readServerHead(value: unknown): void {
  const head = checkHead(value);
  const passed = serverHeaders(head, { hasHost: false });
  if (Object.hasOwn(passed, 'set-cookie')) throw new Error('a cookie for the whole origin');
}

const readFetch = parser(FetchCallSchema);
const POLICY = new Policy({
  net: [{ host: '*.example.com' }, { host: 'example.com' }],
  allowedCIDRs: [],
});

/** As egress takes a request apart, up to where it would look the name up. */
function readRequest(value: unknown): void {
  const { url, method, headers, hasBody } = readFetch(value);
  const target = parseTarget(url);
  for (const [name, text] of requestHeaders(headers, hasBody)) {
    if (/[\r\n]/.test(name + text)) throw new Error('a line break in a header');
  }
  POLICY.match(target, method);
}

/** An answer of a target that anyone may have written. */
function readAnswer(bytes: Buffer): void {
  const lines = bytes.toString('latin1').split('\n');
  const headers = responseHeaders(lines.flatMap((line) => line.split(':', 2)));
  const target = parseTarget('https://example.com/a');
  const hop = { target, method: 'POST', headers: [], hasBody: true, redirects: 0 };
  for (const status of [301, 303, 308]) nextHop(hop, { status, headers }, 'follow');
}

function answerBytes(random: Random): Buffer {
  const where = random.pick([
    'http://a/',
    '//b',
    '/c',
    'https://x@y/',
    'https://[::1]/',
    '\\\\e',
    'blob:x',
    '',
  ]);
  const text = `location:${where}\nconnection:close, location\nset-cookie:a=b\ncontent-encoding:br`;
  return random.oneIn(4) ? Buffer.from(text) : mutatedBytes(Buffer.from(text), random);
}

const readEvent = (value: unknown) =>
  liveLog(
    () => {},
    65_536,
    () => 0,
  )(value);

/** Readers beyond a schema's check. */
const READERS: readonly Subject[] = [
  jsonSubject('run result', RunResultSchema as Schema, readResult, {
    weight: 10,
    samples: RESULTS,
  }),
  jsonSubject('live log', schemaOf(Type.Object({ log: LogLineSchema })), readEvent, { weight: 2 }),
  jsonSubject('figures of a runner', FIGURES, readFigures, { weight: 2 }),
  jsonSubject('hello of a runner', HELLO, readRunnerHello, { weight: 2 }),
  jsonSubject('inspection', INSPECTION, readInspection),
  jsonSubject('client of a worker', CLIENT, (_value, text) => readClientMessage(text), {
    weight: 2,
    maxDepth: 1_000,
  }),
  jsonSubject('head of a server', ServerHeadSchema as Schema, readServerHead, { weight: 3 }),
  jsonSubject('fetch', FetchCallSchema as Schema, readRequest, { weight: 5, samples: FETCHES }),
  jsonSubject('test results', TestResultsSchema as Schema, readTests, { weight: 2 }),
  jsonSubject(
    'isolate process',
    INSIDE,
    (value) => {
      isolates.readOutcome(value);
      isolates.readFigures(value);
      isolates.readEvent(value);
    },
    { weight: 3 },
  ),
  jsonSubject(
    'runtime process',
    INSIDE,
    (value) => {
      for (const read of [
        runtimes.readEnd,
        runtimes.readOutcome,
        runtimes.readFigures,
        runtimes.readImport,
      ])
        read(value);
    },
    { weight: 3 },
  ),
  { name: 'answer of a target', weight: 4, make: answerBytes, feed: readAnswer },
];

const checkTests = checker(TestResultsSchema);

function readTests(value: unknown): void {
  const checked = checkTests(value);
  if (!checked.ok) return;
  const xml = junitXml(checked.value, { name: 'checks' });
  // eslint-disable-next-line no-control-regex -- what no XML may hold
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(xml)) throw new Error('no XML');
}

function schemaOf(schema: TSchema): Schema {
  return schema as Schema;
}

/** Each schema that says what crosses a boundary, with the check that it is read by. */
const PAYLOADS = Object.entries({ ...protocol, ...requests, ...sessions })
  .filter(([name, schema]) => name.endsWith('Schema') && typeof schema === 'object')
  .map(([name, schema]) => {
    const read = parser(schema as TSchema);
    let compiled: ReturnType<typeof Compile> | undefined;
    return jsonSubject(name, schema as Schema, (value, _text, random) => {
      // To say what is wrong costs ten times what it takes to see it.
      if (!random.oneIn(8)) return (compiled ??= Compile(schema as TSchema)).Check(value);
      try {
        return read(value);
      } catch (error) {
        throw explained(error);
      }
    });
  });

/** What is said about a wrong input stays short, however large it is. */
function explained(error: unknown): unknown {
  if (!(error instanceof CofferdamError) || error.message.length <= 8_192) return error;
  return new Error(`an error of ${error.message.length} characters`);
}

export const PAYLOAD_SUBJECTS: readonly Subject[] = [...READERS, ...PAYLOADS];
