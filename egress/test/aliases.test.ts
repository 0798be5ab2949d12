import { describe, expect, it } from 'vitest';
import { target, world } from './world.ts';

const NAMED = { host: 'demo', ports: [80] };

/** A resolver that knows one name, and counts how often it was asked. */
function knowing(name: string, ...answers: string[][]) {
  const asked: string[] = [];
  const resolver = async (wanted: string) => {
    asked.push(wanted);
    if (wanted !== name) throw Object.assign(new Error(wanted), { code: 'ENOTFOUND' });
    return answers[Math.min(asked.length, answers.length) - 1]!;
  };
  return { asked, resolver };
}

describe('an alias that leads to a name', () => {
  it('is reached at the address of that name, under its own', async () => {
    const seen = await target((request, response) => response.end(request.headers.host));
    const names = knowing('demo.test', ['127.0.0.1'], ['127.0.0.2']);
    const aliases = { demo: `demo.test:${seen.port}` };
    const out = await world({ aliases, resolver: names.resolver });
    const ticket = await out.open({ net: [NAMED] });
    expect(await out.fetch(ticket, { url: 'http://demo/' }).text()).toBe('demo');
    expect(names.asked).toEqual(['demo.test']);
    expect((await out.close(ticket)).log[0]).toMatchObject({ host: 'demo', port: 80 });
  });

  it('is reached through the system’s own lookup', async () => {
    const seen = await target((_request, response) => response.end('found'), 'localhost');
    const out = await world({ aliases: { demo: `localhost:${seen.port}` } });
    const ticket = await out.open({ net: [NAMED] });
    expect(await out.fetch(ticket, { url: 'http://demo/' }).text()).toBe('found');
  });

  it.each(['127.0.0.1', '::1', '0.0.0.0', '169.254.169.254'])(
    'opens no way to %s where no range is allowed',
    async (address) => {
      const seen = await target((_request, response) => response.end('own'));
      const { resolver } = knowing('demo.test', [address]);
      const out = await world({ aliases: { demo: `demo.test:${seen.port}` }, resolver });
      const ticket = await out.open({ net: [NAMED], allowedCIDRs: [] });
      const fetched = out.fetch(ticket, { url: 'http://demo/' });
      await expect(fetched.use).rejects.toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
      expect(seen.connections).toBe(0);
    },
  );

  it('is looked up and judged again at each hop', async () => {
    const seen = await target((_request, response) =>
      response.writeHead(302, { location: '/again' }).end(),
    );
    const names = knowing('demo.test', ['127.0.0.1'], ['127.0.0.1', '169.254.169.254']);
    const aliases = { demo: `demo.test:${seen.port}` };
    const out = await world({ aliases, resolver: names.resolver });
    const ticket = await out.open({ net: [NAMED] });
    const fetched = out.fetch(ticket, { url: 'http://demo/' });
    await expect(fetched.use).rejects.toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
    expect(names.asked).toEqual(['demo.test', 'demo.test']);
    expect(seen.connections).toBe(1);
  });

  it('lends nothing to where it redirects', async () => {
    const hidden = await target((_request, response) => response.end('secret'));
    let location = '';
    const seen = await target((_request, response) => response.writeHead(302, { location }).end());
    const resolver = async () => ['127.0.0.1'];
    const aliases = { demo: `demo.test:${seen.port}`, other: `other.test:${hidden.port}` };
    const out = await world({ aliases, resolver });
    const net = [NAMED, { host: '*.test', ports: [hidden.port] }];
    for (const [to, code] of [
      [`http://127.0.0.1:${hidden.port}/`, 'EGRESS_DENIED'],
      [`http://demo:${hidden.port}/`, 'EGRESS_DENIED'],
      ['http://other/', 'EGRESS_DENIED'],
      ['http://169.254.169.254/', 'EGRESS_DENIED'],
      [`http://inside.test:${hidden.port}/`, 'EGRESS_ADDRESS_DENIED'],
      [`http://other.test:${hidden.port}/`, 'EGRESS_ADDRESS_DENIED'],
    ] as const) {
      location = to;
      const ticket = await out.open({ net });
      const fetched = out.fetch(ticket, { url: 'http://demo/' });
      await expect(fetched.use).rejects.toMatchObject({ code });
    }
    expect(hidden.connections).toBe(0);
  });

  it('is where a redirect may lead as a request may', async () => {
    const seen = await target((_request, response) => response.end('demo'));
    const door = await target((_request, response) =>
      response.writeHead(302, { location: 'http://demo/' }).end(),
    );
    const { resolver } = knowing('demo.test', ['127.0.0.1']);
    const out = await world({ aliases: { demo: `demo.test:${seen.port}` }, resolver });
    const way = { host: '127.0.0.1', ports: [door.port] };
    const without = await out.open({ net: [way] });
    await expect(out.fetch(without, { url: door.url }).use).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    });
    expect(seen.connections).toBe(0);
    const named = await out.open({ net: [way, NAMED] });
    expect(await out.fetch(named, { url: door.url }).text()).toBe('demo');
  });
});
