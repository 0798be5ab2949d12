import { afterEach, describe, expect, it } from 'vitest';
import { CofferdamError, type FetchBinding, type HostCallContext } from '../src/index.ts';
import { until } from './harness.ts';
import { guestFetch, keeperOf, textOf } from './fetch-exchange.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function bound(fetch: FetchBinding) {
  const made = keeperOf({ fetch });
  ends.push(made.close);
  return made;
}

const forever = new Promise<never>(() => {});
const failsWith = (message: string) => ({
  code: 'EGRESS_FAILED',
  message: expect.stringContaining(message) as string,
});

describe('a fetch binding', () => {
  it('gets the request and its context, and its answer reaches the guest', async () => {
    const seen: { request?: Request; context?: HostCallContext } = {};
    const { keeper, scope } = bound((request, context) => {
      Object.assign(seen, { request, context });
      return new Response('hello', { status: 203, statusText: 'Fine', headers: { 'x-a': '1' } });
    });
    const { call, head } = guestFetch(keeper, { headers: [['x-given', 'yes']] });
    expect(await head).toEqual({
      status: 203,
      statusText: 'Fine',
      headers: [
        ['content-type', 'text/plain;charset=UTF-8'],
        ['x-a', '1'],
      ],
      url: 'http://service.test/path',
      redirected: false,
    });
    expect(await textOf(call)).toBe('hello');
    expect(await call.reply).toEqual({});
    expect(seen.request).toMatchObject({ method: 'GET', body: null, redirect: 'follow' });
    expect(seen.request!.headers.get('x-given')).toBe('yes');
    expect(seen.context).toMatchObject({ runtimeId: 'r1', resourceId: 'fetch:1', metadata: {} });
    expect(scope.active).toBe(0);
    expect(scope.streams).toBe(0);
  });

  it('gets no header that is about the connection or the length, and answers none', async () => {
    const forged = [
      'Host',
      'Content-Length',
      'connection',
      'Transfer-Encoding',
      'Proxy-Auth',
      'te',
    ];
    const { keeper } = bound((request) => {
      const names = forged.filter((name) => request.headers.has(name));
      const headers = { connection: 'x', 'keep-alive': 'y', upgrade: 'z', 'x-names': names.join() };
      return new Response(null, { headers });
    });
    const { head } = guestFetch(keeper, { headers: forged.map((name) => [name, '5']) });
    expect((await head).headers).toEqual([['x-names', '']]);
  });

  it('gets no coding and no length of a body that was decoded, and all cookies', async () => {
    const headers: [string, string][] = [
      ['content-encoding', 'gzip'],
      ['content-length', '3'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ];
    const { keeper } = bound(() => new Response(new Uint8Array(9), { headers }));
    const { head } = guestFetch(keeper);
    expect((await head).headers).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]);
    const asked = guestFetch(keeper, { method: 'HEAD' });
    expect((await asked.head).headers).toContainEqual(['content-length', '3']);
  });

  it.each([204, 205, 304])('that answers %i answers no body', async (status) => {
    const { keeper } = bound(() => {
      const withBody = new Response('never', { headers: { 'x-a': '1' } });
      return Object.defineProperty(withBody, 'status', { value: status });
    });
    const { call, head } = guestFetch(keeper);
    expect((await head).status).toBe(status);
    expect(await textOf(call)).toBe('');
  });

  const odd: [string, () => unknown, string][] = [
    ['nothing', () => undefined, 'no Response'],
    ['a text', () => 'hello', 'no Response'],
    ['a network error', () => Response.error(), 'a network error'],
    ['101', () => Object.defineProperty(new Response(), 'status', { value: 101 }), 'no HTTP'],
    ['600', () => Object.defineProperty(new Response(), 'status', { value: 600 }), 'no HTTP'],
    ['too much of a head', () => new Response('', { headers: { a: 'x'.repeat(20_000) } }), 'large'],
    ['a throw', () => Promise.reject(new TypeError('not allowed')), 'TypeError: not allowed'],
    ['a thrown text', () => Promise.reject('nothing'), 'nothing'], // eslint-disable-line prefer-promise-reject-errors
    [
      'a piece that is no bytes',
      () => new Response(ReadableStream.from([1]) as never),
      'Uint8Array',
    ],
  ];
  it.each(odd)('that answers %s fails the request with a reason', async (_name, answer, why) => {
    const { keeper, scope, reported } = bound(answer as FetchBinding);
    const { call } = guestFetch(keeper);
    await expect(call.reply).rejects.toMatchObject(failsWith(why));
    expect(reported).toHaveLength(1);
    expect(scope.active).toBe(0);
    expect(scope.streams).toBe(0);
  });

  it('that answers one Response twice fails the second request', async () => {
    const response = new Response('once');
    const { keeper } = bound(() => response);
    const { call } = guestFetch(keeper);
    expect(await textOf(call)).toBe('once');
    await expect(guestFetch(keeper).call.reply).rejects.toMatchObject(failsWith('used already'));
  });

  it('keeps a code of ours that it throws, and no stack', async () => {
    const { keeper } = bound(() => {
      throw new CofferdamError('EGRESS_DENIED', 'not this host');
    });
    const error = (await guestFetch(keeper).call.reply.catch((e: unknown) => e)) as CofferdamError;
    expect(error).toMatchObject({ code: 'EGRESS_DENIED', message: 'not this host' });
    expect(error.stack).not.toContain('fetch-binding.test.ts:');
  });

  it('refuses an address or a method that is none', async () => {
    const { keeper } = bound(() => new Response());
    for (const start of [{ url: '/relative' }, { url: 'http://' }, { method: 'CONNECT' }]) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      await expect(guestFetch(keeper, start).call.reply).rejects.toMatchObject(
        failsWith('TypeErr'),
      );
    }
    const unknown = guestFetch(keeper, { runtimeId: 'r2' } as never).call.reply;
    await expect(unknown).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
    const wrong = guestFetch(keeper, { redirect: 'maybe' } as never).call.reply;
    await expect(wrong).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });
});

describe('bodies of a fetch binding', () => {
  it('are streamed both ways at once, and neither side reads ahead', async () => {
    let pulled = 0;
    const { keeper, scope } = bound(async (request) => {
      const upper = new TransformStream<Uint8Array, Uint8Array>({
        transform: (piece, out) =>
          out.enqueue(Buffer.from(Buffer.from(piece).toString().toUpperCase())),
      });
      void request.body!.pipeTo(upper.writable).catch(() => {});
      return new Response(upper.readable);
    });
    const { call } = guestFetch(keeper, { method: 'POST', hasBody: true });
    const answer = call.data[Symbol.asyncIterator]();
    for (const text of ['one', 'two']) {
      // eslint-disable-next-line no-await-in-loop -- each is answered before the next is sent
      await call.write(Buffer.from(text));
      // eslint-disable-next-line no-await-in-loop
      expect(String((await answer.next()).value)).toBe(text.toUpperCase());
    }
    expect(scope.streams).toBe(2);
    call.end();
    expect((await answer.next()).done).toBe(true);

    const piece = new Uint8Array(64 * 1024);
    const endless = bound(
      () =>
        new Response(
          new ReadableStream({
            pull: (out) => {
              pulled++;
              out.enqueue(piece);
            },
          }),
        ),
    );
    const given = guestFetch(endless.keeper);
    await given.head;
    await endless.keeper.ping();
    await endless.keeper.ping();
    const before = pulled;
    expect(before).toBeLessThan(12);
    let read = 0;
    for await (const { byteLength } of given.call.data) {
      read += byteLength;
      if (read > 2 * 1024 * 1024) break;
    }
    expect(pulled).toBeGreaterThan(before);
  });

  it('that are large arrive whole', async () => {
    const bytes = Buffer.alloc(10 * 1024 * 1024, 'abcdefg');
    const { keeper } = bound(async (request) => new Response(await request.arrayBuffer()));
    const { call } = guestFetch(keeper, { method: 'PUT', hasBody: true });
    const sent = call.write(bytes).then(() => call.end());
    const received: Buffer[] = [];
    for await (const piece of call.data) received.push(piece);
    await sent;
    expect(Buffer.concat(received).equals(bytes)).toBe(true);
  });

  it('that break off in the middle break off for the other side', async () => {
    const { keeper, scope } = bound(() => {
      let pieces = 0;
      return new Response(
        new ReadableStream({
          pull: (out) => {
            if (pieces++ === 0) out.enqueue(Buffer.from('half'));
            else out.error(new Error('the disk is gone'));
          },
        }),
      );
    });
    const { call } = guestFetch(keeper);
    await expect(textOf(call)).rejects.toMatchObject(failsWith('the disk is gone'));
    expect(scope.streams).toBe(0);
  });

  it('need not be read: the guest waits for credit, and is let go with the answer', async () => {
    const { keeper, scope } = bound(() => new Response('I did not look'));
    const { call } = guestFetch(keeper, { method: 'POST', hasBody: true });
    const sent = call.write(Buffer.alloc(1024 * 1024)).catch((error: unknown) => error);
    expect(await textOf(call)).toBe('I did not look');
    expect(await call.reply).toEqual({});
    expect(await sent).toMatchObject({ code: 'CANCELLED' });
    await until(() => scope.streams === 0);
  });

  it('are given up both ways when the guest gives the request up', async () => {
    const abort = new AbortController();
    const seen = { cancelled: false, upload: undefined as unknown, context: false, request: false };
    const { keeper, scope, reported } = bound((request, { signal }) => {
      signal.addEventListener('abort', () => (seen.context = true));
      request.signal.addEventListener('abort', () => (seen.request = true));
      request.text().catch((error: unknown) => (seen.upload = error));
      return new Response(
        new ReadableStream({ cancel: () => void (seen.cancelled = true) }, { highWaterMark: 0 }),
      );
    });
    const { head } = guestFetch(keeper, { method: 'POST', hasBody: true }, abort.signal);
    await head;
    abort.abort();
    await until(() => seen.cancelled && seen.context && seen.request && Boolean(seen.upload));
    await until(() => scope.active === 0 && scope.streams === 0);
    expect(reported).toEqual([]);
  });
});

describe('a fetch binding that never answers', () => {
  it('is let go when the request is given up, and a late answer is thrown away', async () => {
    const abort = new AbortController();
    const late = Promise.withResolvers<Response>();
    let cancelled = false;
    const { keeper, scope } = bound(() => late.promise);
    const { call } = guestFetch(keeper, {}, abort.signal);
    await until(() => scope.active === 1);
    abort.abort();
    await expect(call.reply).rejects.toMatchObject({ code: 'CANCELLED' });
    await until(() => scope.active === 0);
    late.resolve(new Response(new ReadableStream({ cancel: () => void (cancelled = true) })));
    await until(() => cancelled);
  });

  it('is let go when its runtime ends', async () => {
    const { keeper, scope } = bound(() => forever);
    const { call } = guestFetch(keeper);
    await until(() => scope.active === 1);
    scope.close(new CofferdamError('RUNTIME_ENDED', 'it is over'));
    await expect(call.reply).rejects.toMatchObject({ code: 'RUNTIME_ENDED' });
  });
});

describe('redirects that a fetch binding answers', () => {
  const hops: string[] = [];
  const redirecting: FetchBinding = async (request) => {
    const { pathname, origin } = new URL(request.url);
    const headers = ['authorization', 'content-type'].filter((name) => request.headers.has(name));
    hops.push(`${request.method} ${origin}${pathname} ${headers.join()}`);
    const [, status, location] = /^\/(\d{3})\/?(.*)$/.exec(pathname) ?? [];
    if (!status) return new Response(await request.text());
    const to = location === 'away' ? 'http://other.test/end' : location || '/end';
    return new Response('moved', { status: Number(status), headers: { location: to } });
  };
  afterEach(() => void hops.splice(0));

  it('are followed, and the binding sees each of them', async () => {
    const { keeper } = bound(redirecting);
    const { call, head } = guestFetch(keeper, {
      url: 'http://service.test/302/away',
      headers: [['authorization', 'secret']],
    });
    expect(await head).toMatchObject({
      status: 200,
      url: 'http://other.test/end',
      redirected: true,
    });
    expect(await textOf(call)).toBe('');
    expect(hops).toEqual([
      'GET http://service.test/302/away authorization',
      'GET http://other.test/end ',
    ]);
  });

  it.each([301, 302, 303])('with %i make a GET of a POST', async (status) => {
    const { keeper } = bound(redirecting);
    const { call, head } = guestFetch(keeper, {
      url: `http://service.test/${status}`,
      method: 'POST',
      hasBody: true,
      headers: [['content-type', 'text/plain']],
    });
    await call.write(Buffer.from('hello'));
    call.end();
    expect(await head).toMatchObject({ status: 200, redirected: true });
    expect(hops[1]).toBe('GET http://service.test/end ');
  });

  it('with 307 need the body again, which is gone', async () => {
    const { keeper } = bound(redirecting);
    const start = { url: 'http://service.test/307', method: 'POST', hasBody: true };
    const { call } = guestFetch(keeper, start);
    call.end();
    await expect(call.reply).rejects.toMatchObject(failsWith('cannot be sent again'));
    const bodiless = guestFetch(keeper, { url: 'http://service.test/307', method: 'DELETE' });
    expect(await bodiless.head).toMatchObject({ status: 200 });
    expect(hops.at(-1)).toBe('DELETE http://service.test/end ');
  });

  it('are the answer where the guest said manual, and a failure where it said error', async () => {
    const { keeper } = bound(redirecting);
    const url = 'http://service.test/302';
    const manual = guestFetch(keeper, { url, redirect: 'manual' });
    expect(await manual.head).toMatchObject({ status: 302, url, redirected: false });
    expect(await textOf(manual.call)).toBe('moved');
    const refused = guestFetch(keeper, { url, redirect: 'error' }).call.reply;
    await expect(refused).rejects.toMatchObject(failsWith('follows none'));
  });

  it('end after 20, and lead to no file', async () => {
    const { keeper } = bound(() => Response.redirect('http://service.test/again'));
    await expect(guestFetch(keeper).call.reply).rejects.toMatchObject(failsWith('more than 20'));
    const { keeper: other } = bound(
      () => new Response(null, { status: 302, headers: { location: 'file:///etc/passwd' } }),
    );
    await expect(guestFetch(other).call.reply).rejects.toMatchObject(failsWith('no address'));
  });
});

it('without a fetch binding a request is refused', async () => {
  const { keeper, close } = keeperOf({});
  ends.push(close);
  const { reply } = guestFetch(keeper).call;
  await expect(reply).rejects.toMatchObject(failsWith('the host gave no fetch binding'));
});
