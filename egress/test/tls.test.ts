import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { issue, type Pair } from './certificates.ts';
import { counted, only, world } from './world.ts';

let authority: Pair;

async function secureTarget(pair: Pair) {
  const sni: unknown[] = [];
  const server = createServer(pair, (request, response) => {
    sni.push((request.socket as TLSSocket & { servername?: string }).servername);
    response.end(request.headers.host);
  });
  server.on('tlsClientError', () => {});
  return Object.assign(await counted(server), { sni });
}

describe('a pinned connection with TLS', () => {
  beforeAll(async () => {
    authority = await issue('An authority of the test');
  });

  it('asks for the name in SNI and Host and checks the certificate against it', async () => {
    const seen = await secureTarget(await issue('good.test', authority));
    const out = await world({ ca: [authority.cert], resolver: async () => ['127.0.0.1'] });
    const ticket = await out.open(only('good.test', seen.port));
    const fetched = out.fetch(ticket, { url: `https://good.test:${seen.port}/` });
    expect(await fetched.text()).toBe(`good.test:${seen.port}`);
    expect(seen.sni).toEqual(['good.test']);
  });

  it.each([
    ['bad.test', 'its certificate is for another name'],
    ['127.0.0.1', 'its certificate is for another name'],
  ])('refuses a certificate that is not for %s', async (host, why) => {
    const seen = await secureTarget(await issue('good.test', authority));
    const out = await world({ ca: [authority.cert], resolver: async () => ['127.0.0.1'] });
    const ticket = await out.open(only(host, seen.port));
    await expect(
      out.fetch(ticket, { url: `https://${host}:${seen.port}/` }).use,
    ).rejects.toMatchObject({
      code: 'EGRESS_FAILED',
      message: `${host}:${seen.port} could not be fetched: ${why}`,
    });
    expect(seen.sni).toEqual([]);
  });

  it('refuses a certificate of an authority that it does not know', async () => {
    const seen = await secureTarget(await issue('good.test', authority));
    const out = await world({ resolver: async () => ['127.0.0.1'] });
    const ticket = await out.open(only('good.test', seen.port));
    await expect(
      out.fetch(ticket, { url: `https://good.test:${seen.port}/` }).use,
    ).rejects.toMatchObject({
      code: 'EGRESS_FAILED',
      message: expect.stringMatching(/certificate is from an unknown authority/) as string,
    });
    expect(seen.sni).toEqual([]);
  });
});
