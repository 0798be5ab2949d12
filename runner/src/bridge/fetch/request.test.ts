import { expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

it('keeps what a request says of its part in a page, in its copies too', async () => {
  const code = `const init = { mode: 'no-cors', credentials: 'omit', cache: 'reload', keepalive: true, integrity: 'x' };
    const fields = ({ mode, credentials, cache, keepalive, integrity, duplex, destination }) =>
      [mode, credentials, cache, keepalive, integrity, duplex, destination];
    const given = new Request('https://a.example/', init);
    return [new Request('https://a.example/'), given.clone(), new Request(given)].map(fields)`;
  const given = ['no-cors', 'omit', 'reload', true, 'x', 'half', ''];
  expect(await valueOf(code)).toEqual([
    ['cors', 'same-origin', 'default', false, '', 'half', ''],
    given,
    given,
  ]);
});

it.each([`{ mode: 'navigate' }`, `{ cache: 'x' }`, `{ cache: 'only-if-cached' }`])(
  'refuses %s',
  async (init) => {
    const code = `try { new Request('https://a.example/', ${init}) } catch (e) { return e.name }`;
    expect(await valueOf(code)).toBe('TypeError');
  },
);

it('has a signal of its own, which follows the one that it was given', async () => {
  const code = `const c = new AbortController(); const r = new Request('https://a.example/', { signal: c.signal });
    const copies = [r, r.clone(), new Request(r), new Request(r, { signal: null })];
    const own = copies.every((one) => one.signal !== c.signal); c.abort('why');
    return [own, copies.map((one) => [one.signal.aborted, one.signal.reason])]`;
  const aborted = [true, 'why'];
  expect(await valueOf(code)).toEqual([true, [aborted, aborted, aborted, [false, null]]]);
});

it('reads a record of headers as a whole, and asks nobody else how to add one', async () => {
  const code = `const log = []; class Mine extends Headers { append() { log.push('mine') } }
    const init = new Proxy({ b: '1', a: '2' }, { get: (of, name) => (log.push(name), of[name]) });
    const all = [...new Mine(init)];
    const failed = ['append', 'get', 'has', 'set', 'delete'].map((name) => {
      try { new Headers()[name](...(name === 'append' || name === 'set' ? ['a'] : [])) } catch (e) { return e.name } });
    return [all, log.filter((name) => typeof name === 'string'), failed]`;
  const all = [
    ['a', '2'],
    ['b', '1'],
  ];
  expect(await valueOf(code)).toEqual([all, ['b', 'a'], Array(5).fill('TypeError')]);
});

it('keeps no more signals of requests that are gone than of those that are there', async () => {
  const code = `const c = new AbortController(); let told = 0; const kept = [];
    for (let i = 0; i < 1000; i++) { const s = AbortSignal.any([c.signal]); if (i % 100 === 0) kept.push(s); }
    for (const s of kept) s.onabort = () => told++; c.abort(); return told`;
  expect(await valueOf(code)).toBe(10);
});
