import { expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

it('gives each event an `isTrusted` that nobody can forge', async () => {
  const code = `const [a, b] = [new Event('a'), new Event('b')].map((e) => Object.getOwnPropertyDescriptor(e, 'isTrusted'));
    const event = new Event('x');
    const forged = (() => { try { Object.defineProperty(event, 'isTrusted', { value: true }); return 'forged' } catch (e) { return e.name } })();
    let fired; const c = new AbortController(); c.signal.onabort = (e) => { fired = e.isTrusted }; c.abort();
    return [a.get === b.get, a.configurable, forged, event.isTrusted, fired]`;
  expect(await valueOf(code)).toEqual([true, false, 'TypeError', false, true]);
});

it('initialises an event anew, unless it is under way', async () => {
  const code = `const e = new CustomEvent('a', { detail: 1 }); e.initCustomEvent('b', true, true, 2);
    const target = new EventTarget(); target.addEventListener('b', () => e.initEvent('c'));
    target.dispatchEvent(e); return [e.type, e.bubbles, e.cancelable, e.detail, e.timeStamp > 0]`;
  expect(await valueOf(code)).toEqual(['b', true, true, 2, true]);
});

it('reads nothing but `capture` of the options of a listener that goes', async () => {
  const code = `const read = []; const options = new Proxy({}, { get: (_, name) => void read.push(name) });
    new EventTarget().removeEventListener('x', null, options); return read`;
  expect(await valueOf(code)).toEqual(['capture']);
});

it('tells signals made of signals in the order they were made', async () => {
  const code = `const c = new AbortController(); const s = [c.signal]; let order = '';
    s.push(AbortSignal.any([s[0]]), AbortSignal.any([s[0]])); s.push(AbortSignal.any([s[1], s[2]]), AbortSignal.any([s[1]]));
    s.forEach((signal, i) => signal.addEventListener('abort', () => { order += i + (s.every((one) => one.aborted) ? '' : '!') }));
    c.abort(); return order`;
  expect(await valueOf(code)).toBe('01234');
});

it('makes a DOMException a true error whose class inherits nothing of Error', async () => {
  const code = `const e = new DOMException('m', 'DataError'); const P = DOMException.prototype;
    class Mine extends DOMException {} const mine = new Mine('x');
    return [e instanceof Error, e.stack.startsWith('DataError: m\\n'), Object.getPrototypeOf(DOMException) === Function.prototype,
      ['name', 'message', 'code'].map((n) => { try { return P[n] } catch (x) { return x.name } }),
      mine instanceof Mine, mine.message, Object.prototype.toString.call(e)]`;
  expect(await valueOf(code)).toEqual([
    true,
    true,
    true,
    ['TypeError', 'TypeError', 'TypeError'],
    true,
    'x',
    '[object DOMException]',
  ]);
});

it('tells a signal made of others whose only holder is its listener', async () => {
  const code = `const c = new AbortController(); let told = 0; const gone = () => told++;
    for (let i = 0; i < 50; i++) AbortSignal.any([c.signal]).addEventListener('abort', () => told++);
    for (let i = 0; i < 50; i++) { const s = AbortSignal.any([c.signal]); s.addEventListener('abort', gone); s.removeEventListener('abort', gone); }
    for (let i = 0; i < 40; i++) { Array.from({ length: 50_000 }, (_, n) => ({ n })); await new Promise((done) => setTimeout(done)); }
    c.abort(); return told`;
  expect(await valueOf(code)).toBe(50);
});
