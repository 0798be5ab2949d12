import { describe, expect, it } from 'vitest';
import { GROUP_GLOBALS, PRESET_GROUPS, type PresetName } from '../runner/src/guest/presets.ts';
import { valueOf } from '../runner/test/isolate-harness.ts';
import { declaredGlobals, type Members } from './declarations/declared.ts';

const PRESETS = Object.keys(PRESET_GROUPS) as PresetName[];

/** What the members of each global are in a real isolate, as `declaredGlobals` says it of the types. */
const LOOK = `
  const ordinary = new Set([Object.prototype, Function.prototype, Error.prototype]);
  const keys = (value) => Reflect.ownKeys(value).map(String);
  const chain = (value) => {
    const found = [];
    for (let at = value; at && !ordinary.has(at); at = Object.getPrototypeOf(at)) found.push(...keys(at));
    return found;
  };
  const own = (value) => typeof value === 'function' ? keys(value) : chain(value);
  return Object.fromEntries(input.map((name) => {
    const value = globalThis[name];
    const made = typeof value === 'function' && value.prototype && name !== 'fetch';
    return [name, made ? { own: own(value), made: chain(value.prototype) } : { own: own(value) }];
  }));`;

/** What every class and every function has. */
const OF_ALL = ['constructor', 'prototype', 'length', 'name', 'Symbol(Symbol.toStringTag)'];
/** What each event has itself, and its prototype has not. */
const UNFORGEABLE = 'isTrusted';
/** What is the language's affair, of globals that extend what is the language's. */
const LANGUAGES: Record<string, string[]> = {
  Buffer: ['valueOf'],
  DOMException: ['stack', 'cause'],
};
/** `name` and `length` mean something of their own in what these make. */
const NAMED = new Set([
  'File',
  'DOMException',
  'PerformanceEntry',
  'PerformanceMark',
  'PerformanceMeasure',
]);

function plain(name: string, { own, made = [] }: Members): string[] {
  const ignored = new Set([...OF_ALL, UNFORGEABLE, ...(LANGUAGES[name] ?? [])]);
  return [
    ...own.filter((member) => !ignored.has(member)).map((member) => `${name}.${member}`),
    ...made
      .filter((member) => !ignored.has(member) || (member === 'name' && NAMED.has(name)))
      .map((member) => `${name}.prototype.${member}`),
  ];
}

describe.each(PRESETS)('the declarations of preset %s', (preset) => {
  const groups: readonly (keyof typeof GROUP_GLOBALS)[] = PRESET_GROUPS[preset];
  const offered = ['console', ...groups.flatMap((group) => [...GROUP_GLOBALS[group]])];
  const declared = declaredGlobals(preset);

  it('declare every global that it offers, and no other', () => {
    // The two that every run has are arguments, not globals.
    const names = [...declared.keys()].filter((name) => name !== 'input' && name !== 'env');
    expect(names.toSorted()).toEqual(offered.toSorted());
  });

  it('declare the members that these have in an isolate, and no others', async () => {
    const actual = (await valueOf(LOOK, { preset, input: offered })) as Record<string, Members>;
    const all = (members: (name: string) => Members) =>
      [...new Set(offered.flatMap((name) => plain(name, members(name))))].toSorted();
    expect(all((name) => declared.get(name) ?? { own: ['is not declared'] })).toEqual(
      all((name) => actual[name]!),
    );
  });
});
