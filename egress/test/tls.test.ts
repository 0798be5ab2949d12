import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { counted, only, world } from './world.ts';

interface Pair {
  key: string;
  cert: string;
}

const EC = { keyType: 'ec', algorithm: 'sha256' } as const;
let authority: Pair;

async function issue(name: string, ca?: Pair): Promise<Pair> {
  const attributes = [{ name: 'commonName', value: name }];
  const extensions = ca
    ? [{ name: 'subjectAltName' as const, altNames: [{ type: 2 as const, value: name }] }]
    : [
        { name: 'basicConstraints' as const, cA: true, critical: true },
        { name: 'keyUsage' as const, keyCertSign: true, critical: true },
      ];
  const made = await generate(attributes, { ...EC, extensions, ...(ca ? { ca } : {}) });
  return { key: made.private, cert: made.cert };
}

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
