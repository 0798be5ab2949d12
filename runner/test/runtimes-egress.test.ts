import type { Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';
import { Channel, type IncomingCall } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';
import { embedder, SPEC } from './runtime-embedder.ts';

const TICKET = 'a'.repeat(22);
const bindings = { ...SPEC.bindings, fetch: true, webSocket: true };
const seen: { method: string; payload: unknown }[] = [];
let keeper: RuntimeKeeper;
let egress: Channel;

/** The way out, as far as it is asked anything here. */
function note(call: IncomingCall) {
  seen.push({ method: call.method, payload: call.payload });
  if (call.method === 'websocket') throw new Error('refused');
  const head = { status: 200, statusText: 'OK', headers: [], redirected: false };
  call.emit({ head: { ...head, url: 'https://example.test/' } });
  call.end();
  return {};
}

beforeAll(() => {
  const [near, far] = duplexPair() as [Duplex, Duplex];
  egress = new Channel(near);
  // eslint-disable-next-line no-new -- it answers
  new Channel(far, { handlers: { fetch: note, websocket: note } });
  keeper = new RuntimeKeeper({ egress: () => egress });
  keeper.warm();
});
afterAll(async () => {
  egress.close();
  await keeper.close();
});

describe('a runtime with a ticket', () => {
  it('asks egress with it, and its embedder for nothing', async () => {
    const asked: unknown[] = [];
    const fetch = (call: IncomingCall) => void asked.push(call.payload);
    const runtime = await (
      await embedder({ keeper, fetch })
    ).open({
      bindings,
      egress: { ticket: TICKET },
    });
    const code = `const { status } = await fetch('https://example.test/a', { method: 'PUT', body: 'x' });
      const failed = new Promise((resolve) => { new WebSocket('wss://example.test/').onerror = () => resolve('failed'); });
      export default [status, await failed];`;
    expect(await runtime.value(code)).toEqual([200, 'failed']);
    expect(asked).toEqual([]);
    expect(seen.map(({ method }) => method)).toEqual(['fetch', 'websocket']);
    expect(seen[0]!.payload).toMatchObject({ ticket: TICKET, method: 'PUT', hasBody: true });
    expect(seen[0]!.payload).not.toHaveProperty('runtimeId');
    // The guest has no word of it.
    const names = 'export default JSON.stringify([...Object.getOwnPropertyNames(globalThis)])';
    expect(await runtime.value(names)).not.toContain(TICKET);
  });

  it('reaches nothing where its spec says that it has no fetch', async () => {
    const before = seen.length;
    const runtime = await (await embedder({ keeper })).open({ egress: { ticket: TICKET } });
    const code = `export default await fetch('https://example.test/').catch((error) => error.name)`;
    expect(await runtime.value(code)).toBe('TypeError');
    expect(seen).toHaveLength(before);
  });

  it('is refused by a keeper that has no way out, such as a daemon', async () => {
    const alone = new RuntimeKeeper();
    const opened = (await embedder({ keeper: alone })).open({
      bindings,
      egress: { ticket: TICKET },
    });
    await expect(opened).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await alone.close();
  });
});
