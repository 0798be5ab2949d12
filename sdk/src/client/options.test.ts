import { describe, expect, it, vi } from 'vitest';
import { createClient, type ClientOptions } from './index.ts';

const baseUrl = 'http://127.0.0.1:5900';
const wrong: [string, unknown][] = [
  ['baseUrl', {}],
  ['baseUrl', { baseUrl: '127.0.0.1:5900' }],
  ['baseUrl', { baseUrl: 'ftp://a.test' }],
  ['baseUrl', { baseUrl: 'http://user:secret@a.test' }],
  ['baseUrl', { baseUrl: 'http://a.test/?x=1' }],
  ['baseUrl', undefined],
  ['token', { baseUrl, token: 'a\r\nx-evil: 1' }],
  ['token', { baseUrl, token: '' }],
  ['namespace', { baseUrl, namespace: 'Team' }],
  ['fetch', { baseUrl, fetch: 'fetch' }],
  ['tokn', { baseUrl, tokn: 'x' }],
];

describe('the options of a client', () => {
  it.each(wrong)('are refused by the name of the wrong one: %s of %j', (name, options) => {
    const refusal = { code: 'INVALID_INPUT', message: expect.stringMatching(`^${name}: `) };
    expect(() => createClient(options as ClientOptions)).toThrow(expect.objectContaining(refusal));
  });

  it('of a call are refused the same way, before anything is sent', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>();
    const client = createClient({ baseUrl, fetch, token: () => 'two words' });
    await expect(client.health()).rejects.toThrow(/^token: /);
    const open = createClient({ baseUrl, fetch });
    await expect(open.health({ namespace: 'a b' })).rejects.toThrow(/^namespace: /);
    await expect(open.scripts.get('..')).rejects.toThrow(/^name: /);
    expect(fetch).not.toHaveBeenCalled();
  });

  it('make the address and the headers of each request', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json({ ok: true }));
    const options = { baseUrl: 'https://a.test/cofferdam/', token: 'secret', namespace: 'team' };
    await createClient({ ...options, fetch }).request(
      'GET /v1/namespaces/{namespace}/scripts/{name}/runs',
      {
        path: { namespace: 'a', name: 'b/c' },
        query: { limit: 5 },
        traceparent: '00-1-2-01',
      },
    );
    const [url, init] = fetch.mock.calls[0]!;
    expect(url).toBe('https://a.test/cofferdam/v1/namespaces/a/scripts/b%2Fc/runs?limit=5');
    expect(init).toMatchObject({ method: 'GET', redirect: 'manual' });
    expect(init!.headers).toEqual({
      accept: 'application/json',
      authorization: 'Bearer secret',
      'x-cofferdam-namespace': 'team',
      traceparent: '00-1-2-01',
    });
  });
});
