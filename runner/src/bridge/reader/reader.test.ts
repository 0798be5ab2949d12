import { expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

const READER = `const log = []; const r = new FileReader();
  const watch = (r) => { for (const t of ['loadstart', 'progress', 'load', 'abort', 'error', 'loadend']) r.addEventListener(t, (e) => log.push([t, r.readyState, e.loaded, e.total, e.isTrusted, e instanceof ProgressEvent])) };
  watch(r); const ended = () => new Promise((done) => { r.onloadend = done });`;

it('tells of a read from its start to its end', async () => {
  const code = `${READER} const before = [r.readyState, r.result, r.error]; r.readAsText(new Blob(['aé'])); const now = [r.readyState, log.length]; await ended(); return [before, now, log, r.result, FileReader.DONE, r.LOADING]`;
  const all = ['loadstart', 'progress', 'load', 'loadend'];
  const log = all.map((t, i) => [t, i < 2 ? 1 : 2, i === 0 ? 0 : 3, 3, true, true]);
  expect(await valueOf(code)).toEqual([[0, null, null], [1, 0], log, 'aé', 2, 1]);
});

it('tells of no progress of nothing', async () => {
  const code = `${READER} r.readAsArrayBuffer(new Blob()); await ended(); return [log.map((l) => l[0]), r.result.byteLength]`;
  expect(await valueOf(code)).toEqual([['loadstart', 'load', 'loadend'], 0]);
});

it('aborts, once, and only what is under way', async () => {
  const code = `${READER} r.abort(); r.readAsText(new Blob(['a'])); r.abort(); r.abort();
    const names = log.map((l) => l[0]); await new Promise((f) => setTimeout(f, 5)); return [names, log.length, r.readyState, r.result]`;
  expect(await valueOf(code)).toEqual([['abort', 'loadend'], 2, 2, null]);
});

it('reads on from a listener, and tells of the end of the last read only', async () => {
  const code = `${READER} let n = 0; r.onload = () => { if (++n < 3) r.readAsText(new Blob(['x' + n])) };
    r.onabort = () => r.readAsText(new Blob(['y'])); r.readAsText(new Blob(['a'])); r.abort(); await ended(); return [n, r.result, log.filter((l) => l[0] === 'loadend').length]`;
  expect(await valueOf(code)).toEqual([3, 'x2', 1]);
});

it.each([
  [`r.readAsDataURL(new Blob(['ab'], { type: 'A/b;c=d' }))`, 'data:a/b;c=d;base64,YWI='],
  [`r.readAsDataURL(new Blob([]))`, 'data:application/octet-stream;base64,'],
  [`r.readAsBinaryString(new Blob([new Uint8Array([0, 128, 255])]))`, '\u0000\u0080ÿ'],
  [`r.readAsText(new Blob([new Uint8Array([0xe9])]), 'latin1')`, 'é'],
  [`r.readAsText(new Blob([new Uint8Array([0xe9])], { type: 'a/b;charset=latin1' }))`, 'é'],
  [`r.readAsText(new Blob([new Uint8Array([0xe9])]), 'no such')`, '\ufffd'],
  [`r.readAsText(new Blob([new Uint8Array([0xef, 0xbb, 0xbf, 0xc3, 0xa9])]), 'latin1')`, 'é'],
  [`r.readAsText(new Blob([new Uint8Array([0xff, 0xfe, 65, 0])]))`, 'A'],
])('%s', async (call, expected) => {
  expect(await valueOf(`${READER} ${call}; await ended(); return r.result`)).toBe(expected);
});

it.each([
  ['r.readAsText({})', 'TypeError'],
  ['r.readAsText(new Blob()); r.readAsText(new Blob())', 'InvalidStateError'],
  ['FileReader.prototype.readAsText.call({}, new Blob())', 'TypeError'],
])('refuses %s', async (call, expected) => {
  const code = `${READER} try { ${call} } catch (e) { return e.name }`;
  expect(await valueOf(code)).toBe(expected);
});
