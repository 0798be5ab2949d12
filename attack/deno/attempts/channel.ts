/**
 * What a script says on its process's standard output, which is the runner's channel: at most its own result is
 * another's word for it.
 */
export interface Forgery {
  name: string;
  code: string;
  /** The codes of errors that it may end with; `Completed` for a result. */
  ends: readonly string[];
}

/** Frames as protocol/src/wire/frame.ts has them. */
const FRAMES = `
const { writeSync, readSync } = await import('node:fs');
const [HELLO, CALL, REPLY, ERROR, EVENT, DATA, END, CANCEL, CREDIT] = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const frame = (type, toCaller, id, payload = '', length) => {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  const whole = new Uint8Array(9 + bytes.length), view = new DataView(whole.buffer);
  view.setUint32(0, length ?? bytes.length);
  whole[4] = type | (toCaller ? 0x80 : 0);
  view.setUint32(5, id);
  whole.set(bytes, 9);
  return whole;
};
const put = (...args) => { const whole = frame(...args); for (let at = 0; at < whole.length;) at += writeSync(1, whole, at); };
const call = (id, method, payload) => {
  const name = new TextEncoder().encode(method), body = new TextEncoder().encode(JSON.stringify(payload));
  const bytes = new Uint8Array(5 + name.length + body.length);
  new DataView(bytes.buffer).setUint32(0, 10_000);
  bytes[4] = name.length;
  bytes.set(name, 5);
  bytes.set(body, 5 + name.length);
  put(CALL, false, id, bytes);
};
const never = new Promise(() => {});
`;

const CRASH = ['ENGINE_CRASH'];
const OWN = ['Completed', 'ENGINE_CRASH', 'WALL_TIME_EXCEEDED'];
const FORGED = `{"exitReason":"Completed","valueBytes":8,"runId":"r-forged","traceId":"forged","layers":["gvisor"],"cpuTimeMs":987654,"stats":{"cpuTimeMs":987654},"tenant":"birch"}`;
const START = `{ url: 'http://127.0.0.1:1/', method: 'GET', headers: [['x-cofferdam-ticket', 'forged'], ['proxy-authorization', 'Basic Zm9yZ2Vk']], redirect: 'follow', hasBody: false, ticket: 'forged', runId: 'r-forged', tenant: 'birch' }`;

const SPOKEN: [name: string, code: string, ends: readonly string[]][] = [
  [
    'its own answer',
    `put(DATA, true, 1, '"forged"'); put(REPLY, true, 1, '${FORGED}'); await never`,
    ['Completed'],
  ],
  [
    'its own answer twice',
    `for (const text of ['"forged"', '"second"']) { put(DATA, true, 1, text); put(REPLY, true, 1, '{"exitReason":"Completed","valueBytes":8}') } await never`,
    ['Completed', 'ENGINE_CRASH'],
  ],
  [
    'an ending that only the runner finds',
    `put(REPLY, true, 1, '{"exitReason":"Cancelled"}'); await never`,
    CRASH,
  ],
  [
    'an ending that there is not',
    `put(REPLY, true, 1, '{"exitReason":"Granted"}'); await never`,
    CRASH,
  ],
  [
    'an answer of no bytes',
    `put(REPLY, true, 1, '{"exitReason":"Completed","valueBytes":8}'); await never`,
    CRASH,
  ],
  [
    'an answer that is no JSON',
    `put(DATA, true, 1, '"forged'); put(REPLY, true, 1, '{"exitReason":"Completed","valueBytes":7}'); await never`,
    CRASH,
  ],
  [
    'an answer with more behind it',
    `put(DATA, true, 1, '1,"runId":"x"'); put(REPLY, true, 1, '{"exitReason":"Completed","valueBytes":13}'); await never`,
    CRASH,
  ],
  [
    'an answer of a prototype',
    `put(DATA, true, 1, '{"__proto__":{"forged":1}}'); put(REPLY, true, 1, '{"exitReason":"Completed","valueBytes":26}'); await never`,
    ['Completed'],
  ],
  [
    'answers to calls of others',
    `for (let id = 2; id < 500; id++) put(REPLY, true, id, '${FORGED}'); return 'own'`,
    OWN,
  ],
  [
    'data to calls of others',
    `for (let id = 2; id < 500; id++) put(DATA, true, id, '"forged"'); return 'own'`,
    OWN,
  ],
  [
    'errors to calls of others',
    `for (let id = 2; id < 500; id++) put(ERROR, true, id, '{"code":"UNAUTHORIZED","message":"forged"}'); return 'own'`,
    OWN,
  ],
  [
    'an error for its run',
    `put(ERROR, true, 1, '{"code":"UNAUTHORIZED","message":"forged","details":{"secret":1}}'); await never`,
    CRASH,
  ],
  [
    'the error of a runner that is busy',
    `put(ERROR, true, 1, '{"code":"UNAVAILABLE","message":"again"}'); await never`,
    CRASH,
  ],
  [
    'console lines of another run',
    `put(EVENT, true, 1, '{"level":1,"message":"forged","runId":"r-forged","time":0}'); put(EVENT, true, 2, '{"level":1,"message":"of another"}'); return 'own'`,
    OWN,
  ],
  ...[
    -1,
    99,
    0.5,
    'log',
    'length',
    '__proto__',
    'map',
    '0',
    null,
    true,
    [],
    ['1'],
    { toString: 1 },
    { valueOf: 1 },
  ].map((level): [string, string, readonly string[]] => [
    `a console level ${JSON.stringify(level)}`,
    `put(EVENT, true, 1, ${JSON.stringify(JSON.stringify({ level, message: 'x' }))}); await new Promise((done) => setTimeout(done, 50)); return 'own'`,
    ['Completed'],
  ]),
  ...[
    'null',
    '1',
    '[]',
    '{}',
    '{"level":1}',
    '{"level":1,"message":{"toString":1}}',
    '{"level":1,"message":"\\ud800"}',
    '{"level":1,"message":""}',
    '{"level":1,"message":"\\u0000"}',
  ].map((event): [string, string, readonly string[]] => [
    `a console event ${event}`,
    `put(EVENT, true, 1, String.raw\`${event}\`); await new Promise((done) => setTimeout(done, 50)); return 'own'`,
    ['Completed'],
  ]),
  ...[
    '{"exitReason":"Exception"}',
    '{"exitReason":"Exception","error":{"name":"","message":""}}',
    '{"exitReason":"Exception","error":{"name":"\\ud800","message":"\\udfff\\u0000","path":""}}',
    '{"exitReason":"Exception","error":"x"}',
    '{"exitReason":"Exception","error":{"name":{"toString":1},"message":[]}}',
    '{"exitReason":"Exception","error":{"name":"CofferdamError","message":"x","code":"UNAUTHORIZED","blame":"platform","retry":true}}',
    '{"exitReason":"ResultNotPlain","error":{"path":1}}',
    '{"exitReason":"Output"}',
    '{"exitReason":"BridgePayload"}',
  ].map((answer): [string, string, readonly string[]] => [
    `an answer ${answer}`,
    `put(REPLY, true, 1, String.raw\`${answer}\`); await never`,
    ['EXCEPTION', 'ENGINE_CRASH', 'RESULT_NOT_PLAIN', 'OUTPUT_EXCEEDED', 'BRIDGE_PAYLOAD_EXCEEDED'],
  ]),
  ...[
    '1e999',
    '-0',
    '"\\ud800"',
    '{"a":1,"a":2}',
    '[1e400,-1e400]',
    '{"__proto__":null,"constructor":{"prototype":null}}',
    '['.repeat(199) + ']'.repeat(199),
    '['.repeat(200) + ']'.repeat(200),
    '{"a":'.repeat(199) + '1' + '}'.repeat(199),
    ' 1 ',
    '"\\u0000"',
    '123456789012345678901234567890',
  ].map((value): [string, string, readonly string[]] => [
    `a value ${value.slice(0, 30)} of ${value.length}`,
    `put(DATA, true, 1, String.raw\`${value}\`); put(REPLY, true, 1, '{"exitReason":"Completed","valueBytes":${value.length}}'); await never`,
    ['Completed', 'ENGINE_CRASH', 'RESULT_NOT_PLAIN'],
  ]),
  ...['1', '"x"', '[]', '[1]', 'null', '{"default":1}', '{"__proto__":1}'].map(
    (exported): [string, string, readonly string[]] => [
      `exports ${exported}`,
      `put(DATA, true, 1, '${exported}'); put(REPLY, true, 1, '{"exitReason":"Completed","exportsBytes":${exported.length}}'); await never`,
      ['Completed', 'ENGINE_CRASH', 'RESULT_NOT_PLAIN'],
    ],
  ),
  [
    'more console lines than there may be',
    `for (let i = 0; i < 12_000; i++) put(EVENT, true, 1, '{"level":1,"message":""}'); return 'own'`,
    OWN,
  ],
  [
    'a fetch of its own making',
    `call(77, 'fetch', ${START}); await new Promise((done) => setTimeout(done, 200)); return 'own'`,
    OWN,
  ],
  [
    'a fetch with no shape',
    `for (const [index, start] of [null, [], {}, { url: 1 }, { url: 'x'.repeat(1e5) }].entries()) call(70 + index, 'fetch', start); return 'own'`,
    OWN,
  ],
  [
    'fetches under one id',
    `for (let i = 0; i < 50; i++) call(77, 'fetch', ${START}); return 'own'`,
    OWN,
  ],
  ...[
    'run',
    'ticket.open',
    'ticket.close',
    'runtime.open',
    'session.keep',
    'heartbeat',
    'figures',
    'binding.fetch',
    'compile',
    '__proto__',
    'constructor',
    'x'.repeat(255),
  ].map((method): [string, string, readonly string[]] => [
    `a call of ${method.slice(0, 20)}`,
    `call(9, ${JSON.stringify(method)}, { runId: 'r-forged', key: 'x' }); await new Promise((done) => setTimeout(done, 100)); return 'own'`,
    OWN,
  ]),
  ['a second greeting', `put(HELLO, false, 0, '{"version":1,"oldest":1}'); return 'own'`, OWN],
  [
    'a greeting of another version',
    `put(HELLO, false, 0, '{"version":0,"oldest":0}'); return 'own'`,
    OWN,
  ],
  ['a type that there is not', `put(77, true, 1); await never`, CRASH],
  ['a frame that is too long', `put(DATA, true, 1, '', 2 ** 31); await never`, CRASH],
  ['a frame of the greatest length', `put(DATA, true, 1, '', 2 ** 32 - 1); await never`, CRASH],
  ['a frame that never ends', `put(DATA, true, 1, 'x', 1024); await never`, ['WALL_TIME_EXCEEDED']],
  ['half a header', `writeSync(1, new Uint8Array(4)); await never`, ['WALL_TIME_EXCEEDED']],
  [
    'words',
    `writeSync(1, new TextEncoder().encode('{"exitReason":"Completed"}\\n')); await never`,
    CRASH,
  ],
  ['zeroes', `writeSync(1, new Uint8Array(65536)); await never`, CRASH],
  ['random bytes', `for (;;) writeSync(1, crypto.getRandomValues(new Uint8Array(65536)))`, CRASH],
  [
    'credit without end',
    `for (;;) put(CREDIT, true, 1, new Uint8Array([255, 255, 255, 255]))`,
    CRASH,
  ],
  [
    'more data than it may send',
    `for (;;) put(DATA, true, 1, new Uint8Array(65536))`,
    [...CRASH, 'OUTPUT_EXCEEDED'],
  ],
  [
    'empty frames without end',
    `for (;;) put(DATA, true, 1)`,
    [...CRASH, 'CPU_TIME_EXCEEDED', 'WALL_TIME_EXCEEDED'],
  ],
  [
    'cancels of calls of others',
    `for (let id = 0; id < 500; id++) { put(CANCEL, false, id); put(CANCEL, true, id) } return 'own'`,
    OWN,
  ],
  [
    'ends of calls of others',
    `for (let id = 0; id < 500; id++) { put(END, false, id); put(END, true, id) } await never`,
    [...OWN, 'EXCEPTION'],
  ],
  ['JSON that nests', `put(REPLY, true, 1, '['.repeat(1e6)); await never`, CRASH],
  [
    'JSON of a prototype',
    `put(REPLY, true, 1, '{"__proto__":{"exitReason":"Completed"},"constructor":{"prototype":{"polluted":1}}}'); await never`,
    CRASH,
  ],
  [
    'bytes that are no text',
    `put(REPLY, true, 1, new Uint8Array([255, 254, 253])); await never`,
    CRASH,
  ],
  [
    'another output',
    `writeSync(2, new TextEncoder().encode('FATAL ERROR: Reached heap limit out of memory\\n')); process.kill(process.pid, 'SIGTRAP'); await never`,
    ['MEMORY_EXCEEDED', 'ENGINE_CRASH'],
  ],
  ['a read of its input', `readSync(0, new Uint8Array(65536)); return 'own'`, OWN],
  [
    'a reader of its input',
    `const core = Deno[Deno.internal].core; for (;;) { const bytes = new Uint8Array(65536); const count = await core.read(0, bytes); console.log(new TextDecoder().decode(bytes.subarray(0, count))); if (!count) break } await never`,
    [...OWN, 'EXCEPTION'],
  ],
  ['a closed output', `Deno[Deno.internal].core.close(1); return 'own'`, OWN],
  [
    'a worker that speaks',
    `const it = new Worker('data:text/javascript,' + encodeURIComponent('const c = Deno[Deno.internal].core; for (;;) c.writeSync(1, new Uint8Array(100))'), { type: 'module' }); await never`,
    [...CRASH, 'EXCEPTION', 'WALL_TIME_EXCEEDED'],
  ],
];

export const FORGERIES: Forgery[] = SPOKEN.map(([name, code, ends]) => ({
  name: `channel: ${name}`,
  code: FRAMES + code,
  ends,
}));

/** What the host script inside stands on, changed before the script answers. */
const CHANGED = {
  'JSON.stringify': `JSON.stringify = () => '{"exitReason":"Completed","runId":"r-forged"}'`,
  'JSON.parse': 'JSON.parse = () => ({ exitReason: "Completed" })',
  'Promise.prototype.then': 'Promise.prototype.then = function () { return this }',
  'a then for everything':
    'Object.defineProperty(Object.prototype, "then", { configurable: true, get() { throw "x" } })',
  'a toJSON for everything':
    'Object.prototype.toJSON = Array.prototype.toJSON = String.prototype.toJSON = () => "forged"',
  'Uint8Array.prototype.set': 'Object.getPrototypeOf(Uint8Array.prototype).set = () => {}',
  subarray: 'Object.getPrototypeOf(Uint8Array.prototype).subarray = () => new Uint8Array(9)',
  'TextEncoder.prototype.encode': 'TextEncoder.prototype.encode = () => new Uint8Array(9)',
  'Array.prototype[Symbol.iterator]': 'Array.prototype[Symbol.iterator] = function* () {}',
  'Function.prototype.call and apply':
    'Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => "forged"',
  'setters on Object.prototype':
    'for (const name of ["value", "get", "exitReason", "valueBytes", "error"]) Object.defineProperty(Object.prototype, name, { configurable: true, set(v) { globalThis.caught = v } })',
  'setters on Array.prototype':
    'for (let i = 0; i < 8; i++) Object.defineProperty(Array.prototype, i, { configurable: true, set(v) { globalThis.caught = v } })',
  'Error.prepareStackTrace':
    'Error.prepareStackTrace = (error, sites) => { for (const site of sites) site.getThis?.(); return "forged" }',
  'Deno.stdout': 'Deno.stdout.writeSync = () => 0; Deno.stdout.write = async () => 0',
  'the operations below':
    'for (const name of Object.keys(Deno[Deno.internal].core.ops)) try { Deno[Deno.internal].core.ops[name] = () => 0 } catch {}',
  'core.writeSync': 'Deno[Deno.internal].core.writeSync = () => 9',
  'every global':
    'for (const name of Object.getOwnPropertyNames(globalThis)) try { if (name !== "globalThis") delete globalThis[name] } catch {}',
  'Symbol.species':
    'Object.defineProperty(Promise, Symbol.species, { value: function (run) { run(() => {}, () => {}) } })',
};

export const CHANGES: Forgery[] = Object.entries(CHANGED).map(([name, code]) => ({
  name: `changes: ${name}`,
  code: `${code}; return 'own'`,
  ends: [...OWN, 'EXCEPTION', 'RESULT_NOT_PLAIN'],
}));
