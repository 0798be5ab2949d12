import { describe, expect, it } from 'vitest';
import { runGuest, valueOf } from '../../../test/isolate-harness.ts';

const CHANNEL = `const { port1, port2 } = new MessageChannel(); const got = []; const wait = () => new Promise((f) => setTimeout(f, 10));`;

describe('a message channel', () => {
  it('delivers clones, in order, each in a task of its own', async () => {
    const code = `${CHANNEL} const sent = { a: [1] };
      port1.onmessage = (e) => { got.push(e.data, e.isTrusted, e.ports.length, e.source); Promise.resolve().then(() => got.push('micro')) };
      port2.postMessage(sent); sent.a.push(2); port2.postMessage('b'); got.push('sync'); await wait(); return got`;
    const expected = ['sync', { a: [1] }, true, 0, null, 'micro', 'b', true, 0, null, 'micro'];
    expect(await valueOf(code)).toEqual(expected);
  });

  it('starts by start() or onmessage, not by a listener', async () => {
    const code = `${CHANNEL} port2.postMessage(1); port1.addEventListener('message', (e) => got.push(e.data)); await wait(); got.push('none');
      port1.start(); await wait(); const c = new MessageChannel(); c.port2.postMessage(2); c.port1.onmessage = null; c.port1.addEventListener('message', (e) => got.push(e.data)); await wait(); return got`;
    expect(await valueOf(code)).toEqual(['none', 1, 2]);
  });

  it('closes: what was sent arrives, what comes later does not, and the other end hears of it', async () => {
    const code = `${CHANNEL} port1.onmessage = (e) => { got.push(e.data); port1.close() }; port2.onclose = () => got.push('closed'); port1.onclose = () => got.push('own');
      for (let i = 0; i < 3; i++) port2.postMessage(i); await wait(); port2.postMessage('late'); await wait(); return got`;
    const list = (await valueOf(code)) as unknown[];
    expect(list.filter((entry) => typeof entry === 'number')).toEqual([0, 1, 2]);
    expect(list).toContain('closed');
    expect(list).toHaveLength(4);
  });

  it('moves ports, with what they had not delivered yet', async () => {
    const code = `${CHANNEL} const other = new MessageChannel(); other.port2.postMessage('early');
      port1.onmessage = ({ data, ports }) => {
        got.push(data.p === ports[0], Object.isFrozen(ports), ports[0] instanceof MessagePort);
        ports[0].onmessage = (e) => got.push(e.data); ports[0].postMessage('back');
      };
      port2.postMessage({ p: other.port1 }, [other.port1]); other.port1.onmessage = () => got.push('never'); other.port1.postMessage('lost');
      other.port2.onmessage = (e) => got.push(e.data); other.port2.postMessage('late'); while (got.length < 6) await wait(); await wait(); return got`;
    const value = (await valueOf(code)) as unknown[];
    expect(value.slice(0, 3)).toEqual([true, true, true]);
    expect(value.slice(3).sort()).toEqual(['back', 'early', 'late']);
  });

  it('moves buffers, and by structuredClone ports too', async () => {
    const code = `${CHANNEL} const b = new ArrayBuffer(3); port1.onmessage = (e) => got.push(e.data.byteLength);
      port2.postMessage(b, { transfer: [b] }); got.push(b.byteLength);
      const moved = structuredClone(port2, { transfer: [port2] }); moved.postMessage(new Uint8Array(5)); port2.postMessage(1); await wait(); return got`;
    expect(await valueOf(code)).toEqual([0, 3, 5]);
  });

  it.each([
    ['port1.postMessage(port2)', 'DataCloneError'],
    ['port1.postMessage(1, [port1])', 'DataCloneError'],
    ['port1.postMessage(1, [port2, port2])', 'DataCloneError'],
    ['port1.postMessage(1, [{}])', 'DataCloneError'],
    ['port1.postMessage(1, 5)', 'TypeError'],
    ['port1.postMessage()', 'TypeError'],
    ['port1.postMessage(() => {})', 'DataCloneError'],
    ['port1.close(); structuredClone(1, { transfer: [port1] })', 'DataCloneError'],
    [
      'structuredClone(1, { transfer: [port1] }); structuredClone(1, { transfer: [port1] })',
      'DataCloneError',
    ],
    ['structuredClone(port1, { transfer: [port1, 7] })', 'DataCloneError'],
    [
      'const b = new ArrayBuffer(1); b.transfer(); structuredClone(b, { transfer: [b] })',
      'DataCloneError',
    ],
    ['new MessagePort()', 'TypeError'],
    ['structuredClone(new FormData())', 'DataCloneError'],
    ['structuredClone(new Event("a"))', 'DataCloneError'],
    [
      'structuredClone({ get a() { structuredClone(1, { transfer: [port1] }); return 1 } }, { transfer: [port1] })',
      'DataCloneError',
    ],
  ])('refuses %s', async (call, name) => {
    expect(await valueOf(`${CHANNEL} try { ${call} } catch (e) { return e.name }`)).toBe(name);
  });

  it('moves nothing when one value of the list is bad', async () => {
    const code = `${CHANNEL} const b = new ArrayBuffer(3); try { port1.postMessage(b, [b, port1]) } catch {}
      try { structuredClone(b, { transfer: [b, 7] }) } catch {} return b.byteLength`;
    expect(await valueOf(code)).toBe(3);
  });

  it('ends the run with what a listener throws', async () => {
    const result = await runGuest(
      `${CHANNEL} port1.onmessage = () => { throw new RangeError('mine') }; port2.postMessage(1); await new Promise(() => {})`,
    );
    expect(result).toMatchObject({ exitReason: 'Exception', error: { name: 'RangeError' } });
  });

  it('keeps a flood in order and asks the host for nothing', async () => {
    const result = await runGuest(`${CHANNEL} let n = 0; let ordered = true;
      const all = new Promise((f) => { port1.onmessage = (e) => { ordered &&= e.data === n; if (++n === 5000) f() } });
      for (let i = 0; i < 5000; i++) port2.postMessage(i); await all; return ordered`);
    expect(result.value).toBe(true);
    expect(result.calls).toBe(0);
  });
});

it('makes message events as the standard has them', async () => {
  const code = `const { port1 } = new MessageChannel(); const a = new MessageEvent('x'); const b = new MessageEvent('y', { data: 1, origin: 'o', lastEventId: 'i', source: port1, ports: [port1] });
    const bad = [{ source: {} }, { ports: [1] }, { ports: 1 }].map((i) => { try { new MessageEvent('x', i) } catch (e) { return e.name } });
    return [a.data, a.origin, a.lastEventId, a.source, a.ports, b.data, b.origin, b.lastEventId, b.source === port1, b.ports[0] === port1, b.isTrusted, bad]`;
  const bad = ['TypeError', 'TypeError', 'TypeError'];
  const expected = [null, '', '', null, [], 1, 'o', 'i', true, true, false, bad];
  expect(await valueOf(code)).toEqual(expected);
});
