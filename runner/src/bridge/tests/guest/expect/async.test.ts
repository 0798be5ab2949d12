import { describe, expect, it } from 'vitest';
import { runWithExpect, valueWithExpect } from '../../../../../test/expect-realm.ts';

describe('resolves and rejects', () => {
  it('wait for the promise, and pass on what it came to', async () => {
    const code = `const { resolve, reject } = { resolve: (v) => Promise.resolve(v), reject: (e) => Promise.reject(e) };
      await expect(resolve({ a: 1 })).resolves.toEqual({ a: 1 });
      await expect(resolve(1)).resolves.not.toBe(2);
      await expect(resolve(1)).not.resolves.toBe(2);
      await expect(reject(new TypeError('no'))).rejects.toThrow('no');
      await expect(reject(new TypeError('no'))).rejects.toThrow(TypeError);
      await expect(reject(new TypeError('no'))).rejects.toBeInstanceOf(TypeError);
      await expect(() => reject(1)).rejects.toBe(1);
      await expect({ then: (ok) => ok(5) }).resolves.toBe(5);
      await expect(resolve(() => { throw new Error('x') })).resolves.toThrow('x');
      const told = [
        await rejection(expect(resolve(1)).resolves.toBe(2)), await rejection(expect(resolve(1)).rejects.toBe(1)),
        await rejection(expect(reject(new Error('why'))).resolves.toBe(1)), await rejection(expect(reject(new Error('no'))).rejects.toThrow('yes')),
        await rejection(expect(resolve(1), 'my note').resolves.toBe(2)),
      ];
      return [told.map((e) => e.name + ': ' + e.message), told[2].cause.message, failure(() => expect(1).resolves).message, typeof expect(resolve(1)).resolves.toBe(1).finally]`;
    expect(await valueWithExpect(code)).toEqual([
      [
        'AssertionError: expected 1 to be 2',
        'AssertionError: promise resolved 1 instead of rejecting',
        'AssertionError: promise rejected [Error: why] instead of resolving',
        'AssertionError: expected the promise to throw an error whose message has "yes", and it threw [Error: no]',
        'AssertionError: my note: expected 1 to be 2',
      ],
      'why',
      'resolves needs a promise, and got number',
      'function',
    ]);
  });

  it('fail the test at its end when nobody waits for them', async () => {
    const code = `const ends = [];
      const inTest = async (body) => { beginTest(); await body(); const { failure } = endTest(); ends.push(failure?.message.split(':')[0]) };
      await inTest(() => { expect(Promise.resolve(1)).resolves.toBe(2) });
      await inTest(async () => { await expect(Promise.resolve(1)).resolves.toBe(1) });
      await inTest(() => { expect.poll(() => 1).not.toBe(2) });
      await inTest(async () => { await Promise.all([expect(Promise.resolve(1)).resolves.toBe(1), expect(Promise.reject(1)).rejects.toBe(1)]) });
      await inTest(() => {});
      return ends`;
    expect(await valueWithExpect(code)).toEqual(
      [
        'expect(actual).resolves.toBe(expected) was not awaited',
        undefined,
        'expect.poll(callback).not.toBe(expected) was not awaited',
        undefined,
        undefined,
      ].map((one) => one ?? null),
    );
  });

  it('have the place of their call in their stack', async () => {
    const code = `const mine = async () => { await expect(Promise.resolve(1)).resolves.toBe(2) };
      return (await rejection(mine())).stack`;
    const stack = (await valueWithExpect(code)) as string;
    expect(stack).toMatch(/^AssertionError: expected 1 to be 2\n {4}at mine \(script\.js:/);
  });
});

describe('expect.poll', () => {
  it('asks until the assertion holds, or the time is over', async () => {
    const code = `let asked = 0;
      await expect.poll(async () => ++asked, { interval: 1 }).toBe(3);
      const late = await rejection(expect.poll(() => 'no', { timeout: 20, interval: 5 }).toBe('yes'));
      const never = await rejection(expect.poll(() => new Promise(() => {}), { timeout: 10 }).toBe(1));
      const thrown = await rejection(expect.poll(() => { throw new Error('broken') }, { timeout: 10, interval: 1 }).toBe(1));
      return [asked, late.message, late.expected, never.message, thrown.message, thrown.cause.message,
        failure(() => expect.poll(1))?.name, failure(() => expect.poll(() => 1, { timeout: Infinity }))?.name, failure(() => expect.poll(() => 1).resolves)?.name]`;
    expect(await valueWithExpect(code)).toEqual([
      3,
      'expected "no" to be "yes"\n\nexpect.poll() asked for 20 ms',
      'yes',
      'the callback did not answer\n\nexpect.poll() asked for 10 ms',
      'broken\n\nexpect.poll() asked for 10 ms',
      'broken',
      'TypeError',
      'TypeError',
      'SyntaxError',
    ]);
  });

  it('ends with its test', async () => {
    const code = `beginTest(); let asked = 0;
      const polled = rejection(expect.poll(() => { if (++asked === 2) endTest(); return 1 }, { timeout: 100_000, interval: 1 }).toBe(2));
      await polled; return asked`;
    expect(await valueWithExpect(code)).toBe(2);
  });
});

describe('matchers that take their time', () => {
  it('make the assertion a promise', async () => {
    const code = `addMatchers({ toBeSlow: (received, args, state) => received?.slow ? Promise.resolve({ pass: received.slow === args[0], message: () => state.name + (state.isNot ? ' not' : '') }) : undefined });
      expect.extend({ async toBeLate(received) { await null; return { pass: received === 'late', message: () => 'never ' + received } } });
      await expect({ slow: 1 }).toBeSlow(1); await expect('late').toBeLate(); await expect(Promise.resolve('late')).resolves.toBeLate();
      beginTest(); await expect.soft('early').toBeLate(); const { softErrors } = endTest();
      return [(await rejection(expect({ slow: 1 }).toBeSlow(2))).message, (await rejection(expect({ slow: 1 }).not.toBeSlow(1))).message,
        (await rejection(expect('x').toBeLate())).message, failure(() => expect(1).toBeSlow(1)).message, softErrors.length, softErrors[0].message]`;
    expect(await valueWithExpect(code)).toEqual([
      ...['toBeSlow', 'toBeSlow not', 'never x', 'toBeSlow does not apply to 1', 1, 'never early'],
    ]);
  });

  it('are no unhandled rejection of the run when the test waits later', async () => {
    const code = `beginTest(); const first = expect(Promise.reject(new Error('a'))).resolves.toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5)); const error = await rejection(first); endTest(); return error.message`;
    const result = await runWithExpect(code);
    expect([result.exitReason, result.value]).toEqual([
      'Completed',
      'promise rejected [Error: a] instead of resolving',
    ]);
  });
});
