import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { gzipSync, brotliCompressSync, deflateSync, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { only, target, world } from './world.ts';

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}

describe('a request through egress', () => {
  it('brings method, headers and body to the target and the answer back', async () => {
    const seen = await target(async (request, response) => {
      const { method, url, headers } = request;
      const body = await bodyOf(request);
      response.writeHead(201, 'Made', { 'x-answer': 'yes', 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ method, url, body, mine: headers['x-mine'], host: headers.host }),
      );
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const fetched = out.fetch(
      ticket,
      {
        url: `${seen.url}/a/b?c=d#e`,
        method: 'post',
        headers: [['X-Mine', 'é']],
        hasBody: true,
      },
      { body: [Buffer.from('one '), Buffer.from('two')] },
    );
    expect(JSON.parse(await fetched.text())).toEqual({
      method: 'POST',
      url: '/a/b?c=d',
      body: 'one two',
      mine: 'é',
      host: `127.0.0.1:${seen.port}`,
    });
    const head = await fetched.head;
    expect(head).toMatchObject({ status: 201, statusText: 'Made', redirected: false });
    expect(head.url).toBe(`${seen.url}/a/b?c=d`);
    expect(head.headers).toContainEqual(['x-answer', 'yes']);
    const use = await fetched.use;
    const report = await out.close(ticket);
    expect(report).toMatchObject({ requests: 1, unlogged: 0, ...use });
    expect(report.log).toEqual([
      expect.objectContaining({
        host: '127.0.0.1',
        port: seen.port,
        method: 'POST',
        status: 201,
        decision: 'allowed',
      }),
    ]);
    expect(report.log[0]!.end).toBeGreaterThanOrEqual(report.log[0]!.start);
  });

  it('tells the trace context to hosts whose rule says so, and to no other', async () => {
    const seen = await target((request, response) => {
      response.end(JSON.stringify(request.headers.traceparent ?? null));
    });
    const out = await world();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const url = `${seen.url}/`;
    const rule = { host: '127.0.0.1', ports: [seen.port] };
    const plain = await out.open({ net: [rule] }, { traceparent });
    expect(JSON.parse(await out.fetch(plain, { url }).text())).toBeNull();
    const traced = await out.open({ net: [{ ...rule, trace: true }] }, { traceparent });
    expect(JSON.parse(await out.fetch(traced, { url }).text())).toBe(traceparent);
    const own: [string, string][] = [['TraceParent', 'mine']];
    expect(JSON.parse(await out.fetch(traced, { url, headers: own }).text())).toBe('mine');
  });

  it('lets no forbidden header through in either direction', async () => {
    const seen = await target((request, response) => {
      response.writeHead(200, {
        connection: 'x-private',
        'x-private': 'gone',
        'proxy-authenticate': 'Basic',
        'x-kept': 'kept',
      });
      response.end(JSON.stringify(request.headers));
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const fetched = out.fetch(ticket, {
      url: seen.url,
      headers: [
        ['Host', 'metadata.internal'],
        ['Connection', 'upgrade, x-secret'],
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', 'AAA'],
        ['Content-Length', '5'],
        ['Transfer-Encoding', 'chunked'],
        ['TE', 'trailers'],
        ['Trailer', 'x'],
        ['Keep-Alive', 'timeout=1000'],
        ['Proxy-Authorization', 'Basic x'],
        ['Proxy-Connection', 'close'],
        ['Expect', '100-continue'],
        ['Accept-Encoding', 'zstd'],
        ['X-Secret', 'mine'],
      ],
    });
    const received = JSON.parse(await fetched.text()) as Record<string, string>;
    expect(received).toEqual({
      host: `127.0.0.1:${seen.port}`,
      connection: 'keep-alive',
      'x-secret': 'mine',
      accept: '*/*',
      'user-agent': 'cofferdam',
      'accept-encoding': 'gzip, deflate, br',
    });
    const names = (await fetched.head).headers.map(([name]) => name.toLowerCase());
    expect(names).toContain('x-kept');
    for (const name of ['connection', 'x-private', 'proxy-authenticate', 'transfer-encoding']) {
      expect(names).not.toContain(name);
    }
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ] as const)('decodes %s and says no more that it was coded', async (coding, encode) => {
    const text = 'a plain text '.repeat(1_000);
    const seen = await target((_request, response) => {
      const body = encode(text);
      response.writeHead(200, { 'content-encoding': coding, 'content-length': body.length });
      response.end(body);
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const fetched = out.fetch(ticket, { url: seen.url });
    expect(await fetched.text()).toBe(text);
    const names = (await fetched.head).headers.map(([name]) => name.toLowerCase());
    expect(names).not.toContain('content-encoding');
    expect(names).not.toContain('content-length');
    expect((await fetched.use).bytesDown).toBeGreaterThanOrEqual(text.length);
  });

  it('fails a body that is not in the coding it names', async () => {
    const seen = await target((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip at all');
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const fetched = out.fetch(ticket, { url: seen.url });
    await expect(fetched.text()).rejects.toMatchObject({ code: 'EGRESS_FAILED' });
  });

  it('answers HEAD and 204 without a body and keeps their headers', async () => {
    const seen = await target((request, response) => {
      if (request.method === 'HEAD')
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 99 });
      else response.writeHead(204);
      response.end();
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const head = out.fetch(ticket, { url: seen.url, method: 'HEAD' });
    expect(await head.text()).toBe('');
    expect((await head.head).headers).toContainEqual(['content-length', '99']);
    const empty = out.fetch(ticket, { url: seen.url, method: 'DELETE' });
    expect(await empty.text()).toBe('');
    expect((await empty.head).status).toBe(204);
  });

  it('declares a length that was declared to it, and ends a body that does not keep it', async () => {
    const seen = await target(async (request, response) => {
      request.on('error', () => {});
      response.end(
        `${request.headers['content-length']}:${await bodyOf(request).catch(() => 'broken')}`,
      );
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const send = (length: string, body: string) =>
      out.fetch(
        ticket,
        { url: seen.url, method: 'POST', headers: [['content-length', length]], hasBody: true },
        { body: [Buffer.from(body)] },
      );
    expect(await send('4', 'four').text()).toBe('4:four');
    const short = send('9', 'four');
    await expect(short.text()).rejects.toMatchObject({ code: 'EGRESS_FAILED' });
    const smuggled = send('4', 'fourGET / HTTP/1.1\r\n\r\n');
    await expect(smuggled.text()).rejects.toMatchObject({ code: 'EGRESS_FAILED' });
  });

  it('reuses a connection within a run, and never between runs', async () => {
    const seen = await target((_request, response) => response.end('ok'));
    const out = await world();
    const first = await out.open(only('127.0.0.1', seen.port));
    await out.fetch(first, { url: seen.url }).text();
    await out.fetch(first, { url: seen.url }).text();
    expect(seen.connections).toBe(1);
    const second = await out.open(only('127.0.0.1', seen.port));
    await out.fetch(second, { url: seen.url }).text();
    expect(seen.connections).toBe(2);
  });
});

describe('streams', () => {
  it('reads no more from the target than the runner takes', async () => {
    const total = 32 * 1024 * 1024;
    let sent = 0;
    const seen = await target((_request, response) => {
      const piece = Buffer.alloc(64 * 1024, 1);
      const pour = () => {
        while (sent < total) {
          sent += piece.length;
          if (!response.write(piece)) return void response.once('drain', pour);
        }
        response.end();
      };
      pour();
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const fetched = out.fetch(ticket, { url: seen.url });
    await fetched.head;
    // When nothing moved over many turns of the loop, every buffer on the way is full.
    for (let before = -1, same = 0; same < 50;) {
      await new Promise((resolve) => setImmediate(() => setTimeout(resolve, 2)));
      same = sent === before ? same + 1 : 0;
      before = sent;
    }
    // The kernel's socket buffers hold some megabytes of loopback traffic; egress a fraction of one.
    expect(sent).toBeLessThan(total / 2);
    expect((await fetched.bytes()).length).toBe(total);
  });

  it('sends a body while it is being made', async () => {
    const seen = await target(async (request, response) => {
      const [first] = (await once(request, 'data')) as [Buffer];
      response.write(first);
      for await (const piece of request) response.write(piece);
      response.end();
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    const fetched = out.fetch(ticket, { url: seen.url, method: 'PUT', hasBody: true });
    await fetched.call.write(Buffer.from('one '));
    await fetched.head; // answered before the body is whole
    await fetched.call.write(Buffer.from('two'));
    fetched.call.end();
    expect(await fetched.text()).toBe('one two');
  });

  it.each(['before the head', 'within the body'])(
    'closes the connection upstream when cancelled %s',
    async (when) => {
      const arrived = Promise.withResolvers<void>();
      const closed = Promise.withResolvers<void>();
      const seen = await target((request, response) => {
        request.socket.once('close', () => closed.resolve());
        if (when === 'within the body') response.write('some');
        arrived.resolve();
      });
      const out = await world();
      const ticket = await out.open(only('127.0.0.1', seen.port));
      const cancel = new AbortController();
      const fetched = out.fetch(ticket, { url: seen.url }, { signal: cancel.signal });
      await (when === 'within the body' ? fetched.head : arrived.promise);
      cancel.abort();
      await closed.promise;
      await expect(fetched.use).rejects.toMatchObject({ code: 'CANCELLED' });
      expect((await out.close(ticket)).log[0]!.decision).toBe('CANCELLED');
    },
  );

  it('closes the connection upstream when the runner goes away', async () => {
    const arrived = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const seen = await target((request) => {
      request.socket.once('close', () => closed.resolve());
      arrived.resolve();
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    out.fetch(ticket, { url: seen.url });
    await arrived.promise;
    out.runner.close();
    await closed.promise;
    expect((await out.close(ticket)).log).toMatchObject([{ decision: 'CONNECTION_LOST' }]);
  });
});

describe('what goes wrong on the way', () => {
  it('names the host and a reason, and no address', async () => {
    const gone = await target(() => {});
    gone.server.close();
    await once(gone.server, 'close');
    const out = await world({
      resolver: async (name) => {
        if (name === 'gone.test') return ['127.0.0.1'];
        throw Object.assign(new Error('queryA ETIMEOUT 10.0.0.53'), { code: 'ETIMEOUT' });
      },
    });
    const ticket = await out.open({
      net: [{ host: 'gone.test', ports: [gone.port] }, { host: 'unknown.test' }],
    });
    const refused = out.fetch(ticket, { url: `http://gone.test:${gone.port}/` });
    await expect(refused.use).rejects.toMatchObject({
      code: 'EGRESS_FAILED',
      message: `gone.test:${gone.port} could not be fetched: nothing accepts connections there`,
    });
    const unknown = out.fetch(ticket, { url: 'http://unknown.test/' });
    const error = await unknown.use.catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'EGRESS_FAILED' });
    expect((error as Error).message).not.toMatch(/10\.0\.0\.53/);
  });

  it('fails an answer whose head is too large', async () => {
    const seen = await target((request, response) => {
      if (request.url === '/many') for (let i = 0; i < 200; i++) response.setHeader(`x-${i}`, 'v');
      else response.setHeader('x-long', 'v'.repeat(40_000));
      response.end('body');
    });
    const out = await world();
    const ticket = await out.open(only('127.0.0.1', seen.port));
    for (const path of ['/many', '/long']) {
      await expect(out.fetch(ticket, { url: seen.url + path }).use).rejects.toMatchObject({
        code: 'EGRESS_FAILED',
      });
    }
  });

  it('gives up on a target that does not answer', async () => {
    const seen = await target(() => {});
    const out = await world({ timeouts: { headersMs: 50 } });
    const ticket = await out.open(only('127.0.0.1', seen.port));
    await expect(out.fetch(ticket, { url: seen.url }).use).rejects.toMatchObject({
      code: 'EGRESS_FAILED',
      message: expect.stringContaining('did not answer in time') as string,
    });
  });
});
