import { describe, expect, it } from 'vitest';
import { httpRig, send } from '../../test/http-rig.ts';
import { readCorsOrigins } from './origins.ts';

const PAGE = 'https://app.example.com';
const preflight = (url: string, origin: string) =>
  send(`${url}/execute`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
const corsHeaders = (headers: object) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

describe('pages of other origins', () => {
  it.each([PAGE, 'null', 'http://localhost:3000'])('%s may not call by default', async (origin) => {
    await using rig = await httpRig();
    const asked = await preflight(rig.url, origin);
    expect([asked.status, asked.body.error.code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(corsHeaders(asked.headers)).toEqual([]);
    const answer = await rig.get('/health', { origin });
    expect(corsHeaders(answer.headers)).toEqual([]);
  });

  it('may call when their origin is named, with a token as anyone', async () => {
    await using rig = await httpRig({ authToken: 'secret', corsOrigins: `${PAGE}, http://b.test` });
    const asked = await preflight(rig.url, PAGE);
    expect(asked.status).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-headers': expect.stringContaining('authorization'),
    });
    expect(asked.headers['access-control-allow-credentials']).toBeUndefined();
    const refused = await rig.get('/stats', { origin: PAGE });
    expect(refused.status).toBe(401);
    expect(refused.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      vary: 'Origin',
    });
    const answer = await rig.get('/stats', { origin: PAGE, authorization: 'Bearer secret' });
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-expose-headers']).toContain('retry-after');
  });

  it.each([
    'null',
    `${PAGE}.evil.test`,
    'http://app.example.com',
    `${PAGE}:8443`,
    'https://evil.test',
    'https://APP.example.com',
  ])('that are like a named one are others: %s', async (origin) => {
    await using rig = await httpRig({ corsOrigins: PAGE });
    const asked = await preflight(rig.url, origin);
    expect(asked.status).toBe(405);
    expect(corsHeaders(asked.headers)).toEqual([]);
    expect(corsHeaders((await rig.get('/health', { origin })).headers)).toEqual([]);
  });

  it('may open no WebSocket unless they are named', async () => {
    await using rig = await httpRig({ corsOrigins: PAGE });
    const upgrade = (path: string, origin: string) =>
      send(rig.url + path, {
        headers: {
          origin,
          connection: 'upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        },
      });
    const refused = await upgrade('/v1/connect', 'https://evil.test');
    expect([refused.status, refused.body.error.code]).toEqual([403, 'FORBIDDEN']);
    expect((await upgrade('/nowhere', PAGE)).status).toBe(404);
  });

  it.each(['*', 'null', 'example.com', 'https://a.test/', 'https://*.a.test/x', 'ftp://a.test'])(
    'cannot be named as %s',
    (text) => {
      const refusal = { code: 'INVALID_CONFIG', message: expect.stringContaining('CORS_ORIGINS') };
      expect(() => readCorsOrigins(text)).toThrow(expect.objectContaining(refusal));
    },
  );
});
