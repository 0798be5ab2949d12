import { describe, expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

const PRELUDE = `const all = async (s) => { const got = []; for await (const v of s) got.push(v); return got };
  const name = (run) => { try { run(); return 'fine' } catch (e) { return e.name } };`;

describe('streams that are transferred', () => {
  it('are readable where they went, with copies of the chunks, and locked where they were', async () => {
    const code = `${PRELUDE} const chunk = { a: [1] }; const s = new ReadableStream({ start(c) { c.enqueue(chunk); c.enqueue('x'); c.close() } });
      const t = structuredClone({ deep: [s] }, { transfer: [s] }).deep[0]; const { locked } = s; const got = await all(t);
      return [t !== s, t instanceof ReadableStream, locked, got, got[0] !== chunk]`;
    expect(await valueOf(code)).toEqual([true, true, true, [{ a: [1] }, 'x'], true]);
  });

  it('are writable where they went', async () => {
    const code = `${PRELUDE} const got = []; const s = new WritableStream({ write(v) { got.push(v) }, close() { got.push('end') } });
      const t = structuredClone(s, { transfer: [s] }); const { locked } = s; const w = t.getWriter(); await w.write({ b: 2 }); await w.close(); await new Promise((f) => setTimeout(f, 5));
      return [locked, t instanceof WritableStream, got]`;
    expect(await valueOf(code)).toEqual([true, true, [{ b: 2 }, 'end']]);
  });

  it('work as both halves of a transform, and through a port', async () => {
    const code = `${PRELUDE} const s = new TransformStream({ transform(v, c) { c.enqueue(v * 2) } }); const { port1, port2 } = new MessageChannel();
      const arrived = new Promise((f) => (port2.onmessage = (e) => f(e.data))); port1.postMessage(s, [s]); const locked = [s.readable.locked, s.writable.locked]; const t = await arrived;
      const w = t.writable.getWriter(); w.write(1); w.write(2); w.close(); const got = await all(t.readable);
      return [t instanceof TransformStream, t !== s, ...locked, got]`;
    expect(await valueOf(code)).toEqual([true, true, true, true, [2, 4]]);
  });

  it('carry errors and cancellation, and fail with a chunk that has no copy', async () => {
    const code = `${PRELUDE} const move = (s) => structuredClone(s, { transfer: [s] }); const fails = (p) => p.then(() => 'fine', (e) => e.message ?? e);
      const bad = move(new ReadableStream({ start(c) { c.error(new Error('mine')) } }));
      let why; const cancelled = move(new ReadableStream({ cancel(r) { why = r } })); await cancelled.cancel('enough'); await new Promise((f) => setTimeout(f, 5));
      const odd = move(new ReadableStream({ start(c) { c.enqueue(() => {}) } }));
      return [await fails(all(bad)), why, await all(odd).then(() => 'fine', (e) => e.name)]`;
    expect(await valueOf(code)).toEqual(['mine', 'enough', 'DataCloneError']);
  });

  it('are refused when they are locked, twice in the list, or only sent along', async () => {
    const code = `${PRELUDE} const locked = new ReadableStream(); locked.getReader(); const half = new TransformStream(); half.readable.getReader();
      const s = new ReadableStream(); const late = new ReadableStream();
      return [() => structuredClone(locked, { transfer: [locked] }), () => structuredClone(half, { transfer: [half] }), () => structuredClone(1, { transfer: [s, s] }), () => structuredClone(s),
        () => structuredClone({ get a() { late.getReader() } }, { transfer: [late] }), () => s.locked && 1].map(name).concat(s.locked)`;
    const refused = 'DataCloneError';
    expect(await valueOf(code)).toEqual([
      refused,
      refused,
      refused,
      refused,
      refused,
      'fine',
      false,
    ]);
  });

  it('ask nothing of what a guest put on prototypes', async () => {
    const code = `${PRELUDE} const s = new ReadableStream({ start(c) { c.enqueue(1); c.close() } }); let seen = '';
      for (const c of [ReadableStream, WritableStream, TransformStream]) for (const n of ['getReader', 'getWriter', 'pipeTo', 'pipeThrough'])
        if (n in c.prototype && n !== 'getReader') c.prototype[n] = () => { seen += n };
      Object.defineProperty(ReadableStream.prototype, 'locked', { get() { seen += 'locked' } }); ReadableStream = TransformStream = undefined;
      const t = structuredClone(s, { transfer: [s] }); return [await all(t), seen]`;
    expect(await valueOf(code)).toEqual([[1], '']);
  });
});
