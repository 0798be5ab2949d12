import { describe, expect, it } from 'vitest';
import { loopEntry } from '@cofferdam/protocol';
import { newRoot, TraceBudget } from './trace-budget.ts';

const NOW = 1_000_000;
const budget = (secret?: string, now = () => NOW) => new TraceBudget({ secret, now });
const refused = expect.objectContaining({ code: 'LOOP_DETECTED' }) as unknown;

describe('a trace’s budget', () => {
  it('knows whose request it is, one level deeper each time, and refuses the ninth', () => {
    const ours = budget();
    let at = newRoot();
    for (let depth = 1; depth <= 8; depth++) {
      const next = ours.admit(loopEntry(ours.seal(at)))!;
      expect(next).toEqual({ root: at.root, depth });
      at = next;
    }
    expect(() => ours.admit(loopEntry(ours.seal(at)))).toThrow(refused);
  });

  it('admits a hundred below one root within ten minutes, whatever other roots do', () => {
    let now = NOW;
    const ours = budget(undefined, () => now);
    const [one, other] = [newRoot(), newRoot()];
    const ask = (root = one) => ours.admit(loopEntry(ours.seal(root)));
    for (let n = 0; n < 100; n++) ask();
    expect(() => ask()).toThrow(refused);
    expect(ask(other)).toMatchObject({ root: other.root });
    now += 599_999;
    expect(() => ask()).toThrow(refused);
    now += 1;
    expect(ask()).toMatchObject({ depth: 1 });
  });

  it('counts every run that a request says it is of: another’s value opens nothing', () => {
    const ours = budget();
    const [own, leaked] = [newRoot(), { ...newRoot(), depth: 7 }];
    const both = `${loopEntry(ours.seal(own))}, ${loopEntry(ours.seal(leaked))}`;
    expect(ours.admit(both)).toEqual({ root: own.root, depth: 8 });
    for (let n = 1; n < 100; n++) ours.admit(both);
    expect(() => ours.admit(loopEntry(ours.seal(own)))).toThrow(refused);
    expect(() => ours.admit(loopEntry(ours.seal(leaked)))).toThrow(refused);
  });

  it('believes nobody who has not its key, and no value that was changed', () => {
    const [ours, theirs] = [budget(), budget()];
    const root = newRoot();
    expect(ours.admit(undefined)).toBeUndefined();
    expect(ours.admit(loopEntry(theirs.seal(root)))).toBeUndefined();
    const value = ours.seal(root);
    for (let at = 0; at < value.length; at++) {
      // The lowest bits of the last character are no part of the bytes.
      const other = value[at] === 'A' ? 'Q' : 'A';
      const changed = value.slice(0, at) + other + value.slice(at + 1);
      expect([at, ours.admit(loopEntry(changed))]).toEqual([at, undefined]);
    }
    for (const wrong of ['', 'A', value.slice(1), `${value}AAAA`, 'A'.repeat(128)]) {
      expect(ours.admit(loopEntry(wrong))).toBeUndefined();
    }
  });

  it('is shared by gateways that have the same secret', () => {
    const root = newRoot();
    expect(budget('one').admit(loopEntry(budget('one').seal(root)))).toMatchObject({ depth: 1 });
    expect(budget('one').admit(loopEntry(budget('two').seal(root)))).toBeUndefined();
  });

  it('says nothing to others: the same run has another value each time', () => {
    const [ours, root] = [budget(), newRoot()];
    const value = ours.seal(root);
    expect(value).not.toBe(ours.seal(root));
    expect(Buffer.from(value, 'base64url').includes(Buffer.from(root.root, 'hex'))).toBe(false);
  });

  it('keeps a bounded number of roots', () => {
    const ours = new TraceBudget({ now: () => NOW, maxRoots: 50 });
    const first = newRoot();
    for (let n = 0; n < 100; n++) ours.admit(loopEntry(ours.seal(first)));
    for (let n = 0; n < 50; n++) ours.admit(loopEntry(ours.seal(newRoot())));
    expect(ours.admit(loopEntry(ours.seal(first)))).toMatchObject({ depth: 1 });
  });
});
