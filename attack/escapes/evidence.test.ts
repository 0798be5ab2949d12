import ivm from 'isolated-vm';
import { describe, expect, it } from 'vitest';
import { runGuest } from '../../runner/test/isolate-harness.ts';
import { PRESET_GROUPS, type PresetName } from '../../runner/src/guest/presets.ts';
import { readEvidence, type Evidence } from './evidence.ts';
import { sourceOf } from './source.ts';

type Edit = (name: string, text: string) => string;

async function evidenceOf(code: string, editGroup?: Edit, preset: PresetName = 'web') {
  const options = { preset, ...(editGroup && { editGroup }) };
  const result = await runGuest(sourceOf(code, 'body'), options);
  const evidence = readEvidence(result.value);
  if (!evidence) throw new Error(`it did not look: ${JSON.stringify(result)}`);
  return evidence;
}

/** A group that gives the guest what only the bootstrap may hold. */
const leaking = (what: string): Edit => {
  return (name, text) =>
    name === 'encoding'
      ? `(($core) => { globalThis.got = ${what}; return (${text})($core) })`
      : text;
};

describe('the evidence kit', () => {
  it.each(Object.keys(PRESET_GROUPS) as PresetName[])(
    'finds nothing in %s where nothing was done, twice the same',
    async (preset) => {
      const touch = 'return Reflect.ownKeys(globalThis).map((key) => globalThis[key])';
      const first = await evidenceOf(touch, undefined, preset);
      const again = await evidenceOf(touch, undefined, preset);
      expect(first.alarms).toEqual([]);
      expect(first.walked).toBeGreaterThan(500);
      expect(again).toEqual(first);
    },
  );

  it.each([
    ['the core of groups', '$core', 'key: hostCall'],
    [
      'a function of it',
      '[$core.primordials, { hostCallSync: $core.hostCallSync }]',
      'key: hostCallSync',
    ],
  ])('sees what a group lets out: %s', async (_name, what, alarm) => {
    const { alarms } = await evidenceOf('void TextEncoder; return globalThis.got', leaking(what));
    expect(alarms).toContain(alarm);
  });

  it.each([
    ['text of the host', 'return ["/srv/node_" + "modules/x"]', 'text: /srv/node_modules/x'],
    ['a canary in a symbol', 'return { [Symbol.iterator]: "can" + "ary-env" }', 'text: canary-env'],
    ['an object like a process', 'return { pid: 1, versions: {} }', 'a process'],
    ['a function of Node', 'return { binding() {} }', 'key: binding'],
    [
      'the root of another realm',
      'return { __proto__: { __proto__: null, hasOwnProperty: 1, __defineGetter__: 1 } }',
      'the root of another realm',
    ],
  ])('sees %s', async (_name, code, alarm) => {
    expect((await evidenceOf(code)).alarms).toContain(alarm);
  });

  it('sees a change of the realm that was there before it', async () => {
    const kit = sourceOf('', 'body');
    const marks = await Promise.all(
      [
        '',
        'Array.prototype.mine = 1;',
        'Object.freeze(Map);',
        'globalThis.x = 1;',
        'delete Math.sin;',
      ].map(
        async (change) =>
          readEvidence((await runGuest(change + kit, { preset: 'web' })).value)!.mark,
      ),
    );
    expect(new Set(marks).size).toBe(marks.length);
  });
});

describe('the evidence kit, with a real handle', () => {
  it.each<[string, (isolate: ivm.Isolate) => unknown, RegExp]>([
    ['a Reference', () => new ivm.Reference({ a: 1 }), /key: (derefInto|applySync)/],
    ['an ExternalCopy', () => new ivm.ExternalCopy([1]), /key: copyInto/],
    ['an Isolate', (isolate) => isolate, /key: (createContextSync|compileScriptSync)/],
    [
      'the hook of calls',
      () => new ivm.Callback(() => [false, '{"message":"The host has no such function"}']),
      /hook: the host answered/,
    ],
    [
      'the hook of groups',
      () => new ivm.Callback(() => 'x'.repeat(1000)),
      /hook: the source of a group/,
    ],
  ])('sees %s', async (_name, make, alarm) => {
    expect((await alarmsOf(make)).join('\n')).toMatch(alarm);
  });

  it('sees isolated-vm itself', async () => {
    expect((await alarmsOf(() => ivm)).join('\n')).toMatch(/class: Isolate/);
  });
});

/** The alarms for something of the host that lies in an isolate's global. */
async function alarmsOf(make: (isolate: ivm.Isolate) => unknown): Promise<Evidence['alarms']> {
  const isolate = new ivm.Isolate();
  try {
    const context = await isolate.createContext();
    await context.global.set('found', make(isolate));
    const source = `(async () => { ${sourceOf('return globalThis.found', 'body')} })()`;
    const value: unknown = await context.eval(source, { promise: true, copy: true });
    return readEvidence(value)!.alarms;
  } finally {
    isolate.dispose();
  }
}
