import { describe, expect, it } from 'vitest';
import { ownDaemon, until } from './harness.ts';
import { serversOn, url } from './server-harness.ts';

const serving = serversOn(ownDaemon().openHost);

describe('a WebSocket of an app server', () => {
  const ECHO = `serve({
    fetch(request, server) { server.upgrade(request, { data: new URL(request.url).pathname, headers: { 'x-a': 'b' } }); return new Response(null, { status: 101 }) },
    websocket: {
      open(ws) { ws.send('hello ' + ws.data) },
      message(ws, data) { if (data === 'bye') ws.close(4000, 'done'); else ws.send(data) },
      close(ws, code, reason) { note('close', code, reason) },
      error(ws, error) { note('error', error.message) },
    } })`;
  const upgraded = async () => {
    const notes: unknown[][] = [];
    const note = (...args: unknown[]) => void notes.push(args.slice(0, -1));
    const made = await serving(ECHO, { bindings: { tools: { note } } });
    const result = await made.server.handle(
      new Request(url('/chat'), { headers: { upgrade: 'websocket' } }),
    );
    if (result.type !== 'websocket') throw new Error('it was not upgraded');
    expect(result.upgradeData).toMatchObject({ requested: true, connectionId: expect.any(String) });
    expect([...result.upgradeData.headers]).toEqual([['x-a', 'b']]);
    const { connectionId } = result.upgradeData;
    return { ...made, connectionId, notes };
  };

  it('is driven by the host, and answers by commands', async () => {
    const { server, commands, connectionId, notes } = await upgraded();
    await server.ws.open(connectionId);
    await server.ws.message(connectionId, 'yo');
    await server.ws.message(connectionId, new Uint8Array([1, 2, 3]).subarray(1));
    await until(() => commands.length === 3);
    const [first, second, third] = commands as { data: unknown }[];
    expect([first, second]).toEqual([
      { type: 'message', connectionId, data: 'hello /chat' },
      { type: 'message', connectionId, data: 'yo' },
    ]);
    expect([...new Uint8Array(third!.data as ArrayBuffer)]).toEqual([2, 3]);
    expect(await server.diagnostics()).toMatchObject({ connections: 1, activeRequests: 0 });
    await server.ws.message(connectionId, 'bye');
    await until(() => commands.length === 4);
    expect(commands[3]).toEqual({ type: 'close', connectionId, code: 4000, reason: 'done' });
    await server.ws.close(connectionId, 4000, 'done');
    await until(() => notes.length === 1);
    expect(notes).toEqual([['close', 4000, 'done']]);
    await expect(server.ws.message(connectionId, 'late')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(server.ws.open(connectionId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await server.ws.close(connectionId);
  });

  it('tells the guest of an error, and refuses what is none of its messages', async () => {
    const { server, connectionId, notes } = await upgraded();
    await server.ws.open(connectionId);
    await expect(server.ws.message(connectionId, 7 as never)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    await expect(
      server.ws.message(connectionId, 'x'.repeat(4 * 2 ** 20 + 1)),
    ).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    await expect(server.ws.close(connectionId, 7)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await server.ws.error(connectionId, new Error('é'.repeat(100)));
    await until(() => notes.length === 2);
    expect(notes).toEqual([
      ['error', 'é'.repeat(61)],
      ['close', 1006, ''],
    ]);
  });

  it('is closed by a reload and by the end of its server', async () => {
    const { server, commands, connectionId, notes } = await upgraded();
    await server.ws.open(connectionId);
    await until(() => commands.length === 1);
    await server.reload('new code');
    await until(() => commands.length === 2 && notes.length === 1);
    expect(commands[1]).toEqual({ type: 'close', connectionId, code: 1001, reason: 'new code' });
    expect(notes).toEqual([['close', 1001, 'new code']]);
  });
});
