import { describe, expect, it } from 'vitest';
import type { EgressPolicy } from '@cofferdam/protocol';
import { only, target, world } from './world.ts';

const answer = (text: string) => target((_request, response) => response.end(text));

/** A resolver that gives one list after the other, and counts how often it was asked. */
function resolving(...answers: string[][]) {
  const asked: string[] = [];
  const resolver = async (name: string) => {
    asked.push(name);
    return answers[Math.min(asked.length, answers.length) - 1]!;
  };
  return { asked, resolver };
}

describe('the address of a name', () => {
  it('is asked for once and connected to, with the name in Host', async () => {
    const seen = await target((request, response) => response.end(request.headers.host));
    const names = resolving(['127.0.0.1'], ['127.0.0.2']);
    const out = await world(names);
    const ticket = await out.open(only('nas.test', seen.port));
    const fetched = out.fetch(ticket, { url: `http://NAS.test.:${seen.port}/` });
    expect(await fetched.text()).toBe(`nas.test:${seen.port}`);
    expect(names.asked).toEqual(['nas.test']);
  });

  it('is tried one after the other where it has several', async () => {
    const seen = await answer('reached');
    const out = await world(resolving(['127.0.0.3', '127.0.0.1']));
    const ticket = await out.open(only('nas.test', seen.port));
    expect(await out.fetch(ticket, { url: `http://nas.test:${seen.port}/` }).text()).toBe(
      'reached',
    );
  });

  it.each([
    [['8.8.8.8', '127.0.0.1']],
    [['127.0.0.1', '8.8.8.8']],
    [['2606:4700:4700::1111', '::1']],
    [['8.8.8.8', '::ffff:127.0.0.1']],
    [['127.0.0.1']],
    [['169.254.169.254']],
    [['no address']],
  ])('is refused when it is %j and no rule names host and port', async (addresses) => {
    const seen = await answer('private');
    const out = await world(resolving(addresses));
    const net = [{ host: '*.test', ports: [seen.port] }];
    const ticket = await out.open({ net });
    const fetched = out.fetch(ticket, { url: `http://mixed.test:${seen.port}/` });
    const error = (await fetched.use.catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
    expect(error.message).toContain('mixed.test');
    for (const address of addresses) expect(error.message).not.toContain(address);
    expect(seen.connections).toBe(0);
    expect((await out.close(ticket)).log[0]!.decision).toBe('EGRESS_ADDRESS_DENIED');
  });

  it('is refused where the range is allowed but one address lies outside', async () => {
    const seen = await answer('private');
    const out = await world(resolving(['127.0.0.1', '10.0.0.1']));
    const ticket = await out.open(only('nas.test', seen.port));
    await expect(
      out.fetch(ticket, { url: `http://nas.test:${seen.port}/` }).use,
    ).rejects.toMatchObject({ code: 'EGRESS_ADDRESS_DENIED' });
    expect(seen.connections).toBe(0);
  });

  it('cannot be swapped between the check and the connection', async () => {
    const good = await answer('good');
    const bad = await target((_request, response) => response.end('bad'), '127.0.0.2').catch(
      () => good,
    );
    let asked = 0;
    const out = await world({
      resolver: async () => (asked++ % 2 === 0 ? ['127.0.0.1'] : ['127.0.0.2']),
    });
    const policy: Partial<EgressPolicy> = {
      ...only('rebind.test', good.port),
      allowedCIDRs: ['127.0.0.1/32'],
    };
    const ticket = await out.open(policy);
    const outcomes: string[] = [];
    for (let i = 0; i < 20; i++) {
      const fetched = out.fetch(ticket, { url: `http://rebind.test:${good.port}/` });
      outcomes.push(await fetched.text().catch((error: { code: string }) => error.code));
    }
    // Every second answer is refused; no request asks twice and none goes elsewhere.
    expect(asked).toBe(20);
    expect(outcomes.filter((outcome) => outcome === 'good')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'EGRESS_ADDRESS_DENIED')).toHaveLength(10);
    expect(bad === good ? 0 : bad.connections).toBe(0);
  });
});

describe('a private address', () => {
  it('needs its range allowed', async () => {
    const seen = await answer('private');
    const out = await world();
    const ticket = await out.open({
      ...only('127.0.0.1', seen.port),
      allowedCIDRs: ['10.0.0.0/8'],
    });
    await expect(out.fetch(ticket, { url: seen.url }).use).rejects.toMatchObject({
      code: 'EGRESS_ADDRESS_DENIED',
      message: expect.stringContaining('--allow-private') as string,
    });
    expect(seen.connections).toBe(0);
  });

  it('is not reached through another spelling of what a rule names', async () => {
    const seen = await answer('private');
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    for (const host of ['localhost', '[::ffff:127.0.0.1]', '127.0.0.2', 'nas']) {
      await expect(
        out.fetch(ticket, { url: `http://${host}:${seen.port}/` }).use,
      ).rejects.toMatchObject({ code: 'EGRESS_DENIED' });
    }
    expect(await out.fetch(ticket, { url: `http://0x7f.1:${seen.port}/` }).text()).toBe('private');
  });
});

describe('an alias', () => {
  it('leads to its address and port where a rule names it with a port', async () => {
    const seen = await target((request, response) => response.end(request.headers.host));
    const out = await world({ aliases: { demo: `127.0.0.1:${seen.port}` } });
    const ticket = await out.open({ net: [{ host: 'demo', ports: [80] }] });
    expect(await out.fetch(ticket, { url: 'http://demo/' }).text()).toBe('demo');
  });

  it.each([
    ['without a port in the rule', { net: [{ host: 'demo' }] }],
    ['without its range', { net: [{ host: 'demo', ports: [80] }], allowedCIDRs: [] }],
  ])('is refused %s', async (_what, policy) => {
    const seen = await answer('demo');
    const out = await world({ aliases: { demo: `127.0.0.1:${seen.port}` } });
    const ticket = await out.open(policy);
    await expect(out.fetch(ticket, { url: 'http://demo/' }).use).rejects.toMatchObject({
      code: 'EGRESS_ADDRESS_DENIED',
    });
    expect(seen.connections).toBe(0);
  });

  it('is unknown to a run that does not name it', async () => {
    const seen = await answer('demo');
    const out = await world({ aliases: { demo: `127.0.0.1:${seen.port}` } });
    const ticket = await out.open({ net: [{ host: 'other', ports: [80] }] });
    await expect(out.fetch(ticket, { url: 'http://demo/' }).use).rejects.toMatchObject({
      code: 'EGRESS_DENIED',
    });
    expect(seen.connections).toBe(0);
  });
});
