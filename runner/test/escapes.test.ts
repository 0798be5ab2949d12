import { DEFAULT_LIMITS, type Preset } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../src/compiler/compile.ts';
import type { Outcome } from '../src/engines/engine.ts';
import { IsolateEngine } from '../src/engines/isolate/engine.ts';
import { runOn, valueOf } from './engine-harness.ts';
import type { Attempt } from './escapes/attempt.ts';
import { BRIDGE } from './escapes/bridge.ts';
import { DETECTOR } from './escapes/detector.ts';
import { ERRORS } from './escapes/errors.ts';
import { PLATFORM } from './escapes/platform.ts';
import { PROMISES } from './escapes/promises.ts';
import { REALM } from './escapes/realm.ts';
import { SOURCES } from './escapes/sources.ts';

const CANARY = 'canary-of-another-run';
/** What no outcome may hold: paths and names of the host, and what another run was given. */
const HOST_TEXT = new RegExp(`${process.cwd()}|node_modules|node:internal|isolated-vm/|${CANARY}`);
const LIMITS = { cpuTimeMs: 5_000, wallTimeMs: 10_000 };

/** A run's own limits and failures; never what it did to its process. */
const OWN_ENDS = ['Completed', 'Exception', 'ResultNotPlain', 'Output', 'Memory', 'BridgePayload'];

const PRESETS = ['agent', 'web'] as const satisfies Preset[];
const FORMS = ['body', 'module'] as const;

let engine: IsolateEngine;
const canary = new AbortController();
let other: Promise<Outcome>;

beforeAll(async () => {
  engine = new IsolateEngine({
    processes: 1,
    maxProcesses: 1,
    runsPerProcess: 8,
    sparesPerProfile: 2,
    expected: PRESETS.map((preset) => ({ preset, limits: DEFAULT_LIMITS })),
  });
  const up = Promise.withResolvers<void>();
  other = runOn(
    engine,
    'globalThis.secret = env.secret; console.log("up"); await new Promise(() => setTimeout(() => {}, 1e6))',
    {
      request: { preset: 'web', env: JSON.stringify({ secret: CANARY }) },
      limits: { wallTimeMs: 120_000, cpuTimeMs: 60_000 },
      signal: canary.signal,
      onLog: () => up.resolve(),
    },
  );
  await up.promise;
});

afterAll(async () => {
  await engine.close();
});

function sourceOf(body: string, form: (typeof FORMS)[number]): string {
  const got = form === 'body' ? ['', 'return'] : ['const input = {}, env = {};', 'export default'];
  return `${got[0]}${DETECTOR}
    let got;
    try { got = await (async () => { ${body} })() } catch (error) { got = error }
    ${got[1]} detect([got, globalThis])`;
}

async function attempt(
  body: string,
  preset: Preset,
  form: (typeof FORMS)[number],
): Promise<Outcome> {
  const outcome = await runOn(engine, sourceOf(body, form), {
    request: { preset },
    limits: LIMITS,
  });
  const { value, exports, error, logs } = outcome;
  expect(JSON.stringify({ value, exports, error, logs })).not.toMatch(HOST_TEXT);
  return outcome;
}

describe('the detector', () => {
  it.each([
    ['a handle', 'return { made: class Reference {} }', 'handle: Reference'],
    ['a hook', 'return { deep: [{ callSync() {} }] }', 'key: callSync'],
    ['a path', 'return new Map().constructor.x = ["/srv/node_" + "modules/x"]', 'text: /srv/node_'],
    [
      'a foreign root',
      'return { o: { __proto__: null, hasOwnProperty: 1, __defineGetter__: 1 } }',
      'the root of another realm',
    ],
  ])('sees %s', async (_name, body, alarm) => {
    const source = sourceOf(body, 'body');
    const alarms = valueOf(await runOn(engine, source, { request: { preset: 'web' } })) as string[];
    expect(alarms.some((text) => text.startsWith(alarm))).toBe(true);
  });
});

const CATEGORIES: readonly (readonly [string, readonly Attempt[]])[] = [
  ['the realm', REALM],
  ['errors', ERRORS],
  ['promises and proxies', PROMISES],
  ['the bridge', BRIDGE],
  ['the platform', PLATFORM],
];

describe.each(PRESETS)('%s', (preset) => {
  describe.each(CATEGORIES)('%s', (_category, attempts) => {
    it.each(attempts)('%s', async (_name, body) => {
      const outcomes = await Promise.all(FORMS.map((form) => attempt(body, preset, form)));
      for (const { exitReason, value, attempts: tries } of outcomes) {
        // Whoever breaks the realm's own parts may not be able to say what was found.
        expect(OWN_ENDS).toContain(exitReason);
        if (exitReason === 'Completed') expect(value).toBe('[]');
        expect(tries).toBe(1);
      }
    });
  });
});

describe('sources', () => {
  it.each(SOURCES)('%s', async (_name, source) => {
    for (const language of ['auto', 'javascript', 'typescript'] as const) {
      const compiled = compile({ code: source, language, digest: '0'.repeat(64) });
      if (!compiled.ok) continue;
      const { code } = compiled.source;
      // One function and nothing else: calling it is the only way to run any of the source.
      // eslint-disable-next-line no-eval -- evaluated and never called, which is what is tested
      const main: unknown = (0, eval)(`(${code}\n)`);
      expect(Object.hasOwn(globalThis, 'evil')).toBe(false);
      expect(String(main)).toBe(code);
    }
    const outcome = await runOn(engine, source, { request: { preset: 'web' } }).catch(
      () => undefined,
    );
    expect(JSON.stringify(outcome) ?? '').not.toMatch(HOST_TEXT);
    const after = await runOn(engine, 'return typeof globalThis.evil', {
      request: { preset: 'web' },
    });
    expect(valueOf(after)).toBe('undefined');
  });
});

it('the other run was in the same process all the time, and nobody ended that', async () => {
  canary.abort();
  const { exitReason, error } = await other;
  expect({ exitReason, error }).toMatchObject({ exitReason: 'Cancelled' });
});
