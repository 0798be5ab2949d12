import { describe, expect, it } from 'vitest';
import { target, world, type Target } from './world.ts';

const redirecting = (status: number, location: string) =>
  target((request, response) => {
    request.resume().once('end', () => response.writeHead(status, { location }).end('a body'));
  });

const rules = (...targets: Target[]) => ({
  net: targets.map(({ port }) => ({ host: '127.0.0.1', ports: [port] })),
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])(
    'with %i to what is not allowed connects to nothing',
    async (status) => {
      const hidden = await target((_request, response) => response.end('secret'));
      const out = await world({ resolver: async () => ['127.0.0.1'] });
      for (const location of [
        `http://127.0.0.1:${hidden.port}/`, // no rule
        `http://inside.test:${hidden.port}/`, // a rule, but none that opens a private address
        `http://[::ffff:127.0.0.1]:${hidden.port}/`,
        `http://0x7f.1:${hidden.port}/`,
        `http://localhost:${hidden.port}/`,
        'http://169.254.169.254/latest/meta-data/',
        `http://a@127.0.0.1:${hidden.port}/`,
      ]) {
        const door = await redirecting(status, location);
        const { net } = rules(door);
        const ticket = await out.open({ net: [...net, { host: '*.test', ports: [hidden.port] }] });
        const fetched = out.fetch(ticket, { url: door.url });
        const expected = location.includes('inside') ? 'EGRESS_ADDRESS_DENIED' : 'EGRESS_DENIED';
        await expect(fetched.use).rejects.toMatchObject({ code: expected });
      }
      expect(hidden.connections).toBe(0);
    },
  );

  it('is followed, says where it ended, and leaves credentials behind', async () => {
    const end = await target((request, response) => response.end(JSON.stringify(request.headers)));
    const door = await redirecting(302, `${end.url}/end#part`);
    const out = await world();
    const ticket = await out.open(rules(door, end));
    const fetched = out.fetch(ticket, {
      url: door.url,
      headers: [
        ['authorization', 'Bearer x'],
        ['cookie', 'a=b'],
        ['x-mine', 'y'],
      ],
    });
    const received = JSON.parse(await fetched.text()) as Record<string, string>;
    expect(received).toMatchObject({ 'x-mine': 'y', host: `127.0.0.1:${end.port}` });
    expect(received).not.toHaveProperty('authorization');
    expect(received).not.toHaveProperty('cookie');
    expect(await fetched.head).toMatchObject({
      status: 200,
      redirected: true,
      url: `${end.url}/end`,
    });
    const { requests, log } = await out.close(ticket);
    expect(requests).toBe(2);
    expect(log.map(({ status, port }) => [status, port])).toEqual([
      [302, door.port],
      [200, end.port],
    ]);
  });

  it('sends a small body again with 308, and a large one not', async () => {
    const end = await target((request, response) => request.pipe(response));
    const door = await redirecting(308, end.url);
    const out = await world();
    const ticket = await out.open(rules(door, end));
    const send = (size: number) =>
      out.fetch(
        ticket,
        { url: door.url, method: 'POST', hasBody: true },
        { body: [Buffer.alloc(size, 'a'), Buffer.alloc(size, 'b')] },
      );
    expect(await send(1_000).text()).toBe('a'.repeat(1_000) + 'b'.repeat(1_000));
    await expect(send(200_000).text()).rejects.toMatchObject({ code: 'EGRESS_FAILED' });
  });

  it('is the answer in manual mode and a failure in error mode', async () => {
    const door = await redirecting(302, 'http://elsewhere.test/');
    const out = await world();
    const ticket = await out.open(rules(door));
    const manual = out.fetch(ticket, { url: door.url, redirect: 'manual' });
    expect(await manual.text()).toBe('a body');
    expect(await manual.head).toMatchObject({ status: 302, redirected: false });
    const error = out.fetch(ticket, { url: door.url, redirect: 'error' });
    await expect(error.use).rejects.toMatchObject({ code: 'EGRESS_FAILED' });
  });

  it('that goes round in circles ends', async () => {
    const circle = await redirecting(302, '/');
    const out = await world();
    const ticket = await out.open(rules(circle));
    const fetched = out.fetch(ticket, { url: circle.url });
    await expect(fetched.use).rejects.toMatchObject({
      code: 'EGRESS_FAILED',
      message: expect.stringContaining('more than 10 redirects') as string,
    });
    expect((await out.close(ticket)).requests).toBe(11);
  });

  it('asks for a name again at each hop, and judges each answer', async () => {
    const hidden = await target((_request, response) => response.end('secret'), '127.0.0.1');
    let asked = 0;
    const out = await world({
      resolver: async () => (++asked === 1 ? ['127.0.0.1'] : ['10.9.9.9', '127.0.0.1']),
    });
    const door = await redirecting(307, '/again');
    const ticket = await out.open({ net: [{ host: 'swap.test', ports: [door.port] }] });
    const fetched = out.fetch(ticket, { url: `http://swap.test:${door.port}/` });
    await expect(fetched.use).rejects.toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
    expect(asked).toBe(2);
    expect(hidden.connections).toBe(0);
  });
});
