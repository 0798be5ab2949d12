import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { assert, asyncProperty, constantFrom, string, uint8Array } from 'fast-check';
import { runGuest, valueOf } from '../../test/isolate-harness.ts';
import type { FetchStart, FetchStream } from './fetch/stream.ts';

describe('Buffer', () => {
  it('encodes and decodes as Node does', async () => {
    const encodings = constantFrom(
      'utf8',
      'hex',
      'base64',
      'base64url',
      'latin1',
      'ascii',
      'utf16le',
      'ucs-2',
      'binary',
    );
    await assert(
      asyncProperty(
        string({ unit: 'binary' }),
        uint8Array(),
        encodings,
        async (text, bytes, encoding) => {
          const code = `const { text, bytes, encoding } = input; const b = Buffer.from(bytes);
          return [b.toString(encoding), Buffer.from(text, encoding).toString('hex'), b.indexOf(7),
            Buffer.byteLength(text, encoding), JSON.stringify(b), b.write(text, 0, encoding), b.toString('hex')]`;
          // Beyond Latin-1 Node reads base64 and hexadecimal from the low bytes of the units.
          const isDigits = encoding.startsWith('base64') || encoding === 'hex';
          const plain = isDigits ? Buffer.from(text).toString('base64').slice(1) : text;
          const input = { text: plain, bytes: [...bytes], encoding };
          const inside = await valueOf(code, { preset: 'data', input });
          const outside: unknown = new Function('input', 'Buffer', code)(input, Buffer);
          expect(inside).toEqual(outside);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    `const b = Buffer.alloc(8); b.writeInt32BE(-5, 1); b.writeDoubleLE(1.5); return [b.readInt32BE(1), b.readDoubleLE(0), b.readUIntBE(0, 6), b.readIntLE(2, 3), String(b.readBigUInt64LE())]`,
    `return [Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.from('abcabc').lastIndexOf('bc'), Buffer.from('abcabc').indexOf('bc', -3), Buffer.from('abc').includes('d')]`,
    `return [Buffer.concat([Buffer.from('ab'), Buffer.from('cd')], 3).toString(), Buffer.alloc(5, 'ab').toString(), Buffer.from('ffzz', 'hex').length, Buffer.from('0102', 'hex').swap16()]`,
    `const b = Buffer.from('hello'); const s = b.subarray(-3, -1); s[0] = 65; return [b.toString(), s.toString(), b.slice(1).equals(Buffer.from('eAlo')), b.copy(Buffer.alloc(2))]`,
    `return [Buffer.isBuffer(new Uint8Array(1)), Buffer.isEncoding('UTF-8'), Buffer.name, Buffer.from([256, -1, 1.7]), Buffer.from({ type: 'Buffer', data: [1] })]`,
  ])('does as Node: %s', async (code) => {
    const outside: unknown = new Function('Buffer', code)(Buffer);
    expect(await valueOf(code, { preset: 'data' })).toEqual(JSON.parse(JSON.stringify(outside)));
  });

  it.each([
    'Buffer.alloc(-1)',
    'Buffer.alloc(2).readInt32LE(0)',
    'Buffer.alloc(1).writeUInt8(256)',
    'Buffer.from("a", "nope")',
    'Buffer.from(5)',
  ])('refuses %s', async (code) => {
    expect((await runGuest(code, { preset: 'data' })).exitReason).toBe('Exception');
  });
});

describe('what is as in Node', () => {
  it.each([
    `return [new TextDecoder('utf-16').encoding, new TextDecoder(' Latin1 ').encoding, new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf, 65])).length]`,
    `const d = new TextDecoder(); return [d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), d.decode(new Uint8Array([0xac, 0xf0, 0x9f]), { stream: true }), d.decode()]`,
    `return [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe1, 0x80, 0x41], [0xff]].map((b) => new TextDecoder().decode(new Uint8Array(b)))`,
    `try { new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])) } catch (e) { return e instanceof TypeError }`,
    `const u = new Uint8Array(4); return [new TextEncoder().encodeInto('aé€', u), [...u]]`,
    `return ['a', 'ab==', ' YQ = = ', 'YQ', 'Y', '_w==', 'YQ=='].map((t) => { try { return atob(t) } catch (e) { return e.name } })`,
    `const u = new URL('//b\\\\c/../d?x#y', 'http://a:80/'); u.search = '?q=1'; u.searchParams.set('q', '&'); u.host = 'ex.ample:90'; u.protocol = 'https'; return [u.href, u.host, u.port, u.origin]`,
    `return ['http://[::1]:3/', 'http://0x7f.1/', 'http://ÄÖ.com/', 'data:x', 'http://a b/', 'file:///C|/x'].map((t) => URL.parse(t)?.href ?? null)`,
    `const p = new URLSearchParams([['b', '1'], ['a', '2'], ['b', '3']]); p.sort(); p.append('é', '~!*'); p.delete('b', '1'); return [p.toString(), p.size, p.getAll('b'), [...p.keys()], p.has('a', '3')]`,
    `const e = new DOMException('m', 'DataCloneError'); return [e.code, e.name, e.message, String(e), e instanceof Error, DOMException.ABORT_ERR, Object.keys(e)]`,
    `const h = new Headers([['B', ' 1 '], ['a', '2'], ['b', '3']]); h.append('Set-Cookie', 'x'); h.append('set-cookie', 'y'); return [[...h], h.getSetCookie(), h.get('B')]`,
    `return ['a b', ''].map((n) => { try { new Headers([[n, 'v']]); return 1 } catch (e) { return e.name } })`,
    `const a = { d: new Date(5), r: /x/gi, m: new Map([[1, { s: new Set([2]) }]]), e: new RangeError('z'), b: new Uint16Array([1, 2]) }; a.self = a; const c = structuredClone(a); return [c.self === c, c.d.getTime(), String(c.r), [...c.m.get(1).s], c.e instanceof RangeError, c.e.message, [...c.b], c.b.constructor.name]`,
    `return [() => {}, Symbol(), Promise.resolve(), new WeakMap()].map((v) => { try { structuredClone(v) } catch (e) { return e.name } })`,
    `const b = new ArrayBuffer(4); const c = structuredClone(b, { transfer: [b] }); return [b.byteLength, c.byteLength]`,
    `const s = AbortSignal.any([AbortSignal.abort('r')]); const c = new AbortController(); let n = 0; c.signal.addEventListener('abort', () => n++, { once: true }); c.abort(); c.abort(); return [s.reason, n, c.signal.reason.name]`,
    `const t = new EventTarget(), o = []; const f = (e) => { o.push(e.type); e.stopImmediatePropagation() }; t.addEventListener('a', f); t.addEventListener('a', f); t.addEventListener('a', () => o.push('no')); const e = new Event('a', { cancelable: true }); return [t.dispatchEvent(e), o, e.target === t, e.eventPhase]`,
    `const r = new Response('{"a":1}', { status: 201, headers: { x: 'y' } }); const c = r.clone(); return [r.status, r.ok, await r.json(), await c.text(), r.bodyUsed, c.headers.get('content-type'), Response.redirect('http://a/', 301).headers.get('location')]`,
    `const q = new Request('http://a/b', { method: 'post', body: new URLSearchParams('a=1') }); return [q.method, q.url, q.headers.get('content-type'), await q.text(), q.bodyUsed]`,
    `const out = []; for await (const c of new Response('abc').body) out.push(...c); const [x, y] = new Response('de').body.tee(); return [out, (await x.getReader().read()).value.length, (await y.getReader().read()).done]`,
    `const out = []; await new Promise((done) => { setTimeout(() => out.push(2), 5); const id = setTimeout(() => out.push('no'), 1); clearTimeout(id); setTimeout((...a) => out.push(a), 0, 1, 2); queueMicrotask(() => out.push(0)); let n = 0; const i = setInterval(() => { if (++n === 3) { clearInterval(i); out.push(n); setTimeout(done, 8) } }, 8) }); return out`,
  ])('%s', async (code) => {
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    const outside: unknown = await new AsyncFunction(code)();
    expect(await valueOf(code)).toEqual(JSON.parse(JSON.stringify(outside)));
  });
});

describe('crypto', () => {
  it.each([
    [
      `const k = await s.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']); const m = new Uint8Array(9); return s.verify('HMAC', k, await s.sign('HMAC', k, m), m)`,
      true,
    ],
    [
      `const k = await s.generateKey('Ed25519', true, ['sign', 'verify']); const m = new Uint8Array(9); return [await s.verify('Ed25519', k.publicKey, await s.sign('Ed25519', k.privateKey, m), m), k.privateKey.type, (await s.exportKey('spki', k.publicKey)).byteLength]`,
      [true, 'private', 44],
    ],
    [
      `const a = await s.generateKey('X25519', true, ['deriveBits']), b = await s.generateKey('X25519', true, ['deriveBits']); const h = async (x, y) => Buffer.from(await s.deriveBits({ name: 'X25519', public: y.publicKey }, x.privateKey, 256)).toString('hex'); return await h(a, b) === await h(b, a)`,
      true,
    ],
    [
      `const k = await s.importKey('raw', Buffer.from('pw'), 'PBKDF2', false, ['deriveBits']); return Buffer.from(await s.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: Buffer.from('salt'), iterations: 2 }, k, 256)).toString('hex')`,
      'c38c01f1a0c9b12d4b9c5c0d5bd8aa0a',
    ],
    [
      `const k = await s.generateKey({ name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, false, ['encrypt', 'decrypt']); const c = await s.encrypt('RSA-OAEP', k.publicKey, Buffer.from('hi')); return [Buffer.from(await s.decrypt('RSA-OAEP', k.privateKey, c)).toString(), [...k.publicKey.algorithm.publicExponent]]`,
      ['hi', [1, 0, 1]],
    ],
    [
      `const w = await s.generateKey({ name: 'AES-KW', length: 256 }, false, ['wrapKey', 'unwrapKey']); const k = await s.generateKey({ name: 'AES-CTR', length: 128 }, true, ['encrypt']); const x = await s.wrapKey('raw', k, w, 'AES-KW'); const y = await s.unwrapKey('raw', x, w, 'AES-KW', 'AES-CTR', true, ['encrypt']); return Buffer.from(await s.exportKey('raw', y)).equals(Buffer.from(await s.exportKey('raw', k)))`,
      true,
    ],
  ])('%s', async (code, expected) => {
    const value = await valueOf(`const s = crypto.subtle; ${code}`, { preset: 'data' });
    if (typeof expected === 'string') expect(value).toHaveLength(64);
    else expect(value).toEqual(expected);
  });

  it('digests as Node does', async () => {
    const hex = await valueOf(
      `return Buffer.from(await crypto.subtle.digest('SHA-512', Buffer.from('x'))).toString('hex')`,
      { preset: 'data' },
    );
    expect(hex).toBe(createHash('sha512').update('x').digest('hex'));
  });

  it.each([
    [
      `generateKey({ name: 'RSA-OAEP', modulusLength: 8192, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['encrypt'])`,
      'OperationError',
    ],
    [
      `generateKey({ name: 'RSA-OAEP', modulusLength: 2048, publicExponent: new Uint8Array([9, 9, 9, 9, 9]), hash: 'SHA-256' }, true, ['encrypt'])`,
      'OperationError',
    ],
    [`digest('MD5', new Uint8Array(1))`, 'NotSupportedError'],
    [`digest('SHA-256', { $bytes: [0, 99999] })`, 'TypeError'],
    [`encrypt('AES-GCM', { $key: 0 }, new Uint8Array(1))`, 'TypeError'],
    [`digest('SHA-256')`, 'TypeError'],
    [`importKey('raw', new Uint8Array(3), 'AES-GCM', true, ['encrypt'])`, 'DataError'],
  ])('refuses %s', async (call, name) => {
    const code = `try { await crypto.subtle.${call} } catch (e) { return e.name }`;
    expect(await valueOf(code, { preset: 'data' })).toBe(name);
  });

  it('holds no more than 16 MiB of a run’s keys, and asks the host seldom for random bytes', async () => {
    const code = `let n = 0; const ids = new Set(); for (let i = 0; i < 500; i++) ids.add(crypto.randomUUID());
      const algorithm = { name: 'HMAC', hash: 'SHA-256' }; const bytes = new Uint8Array(255 * 1024);
      try { for (;; n++) await crypto.subtle.importKey('raw', bytes, algorithm, true, ['sign']) }
      catch (e) { return [n, e.name, ids.size] }`;
    const result = await runGuest(code, { preset: 'data' });
    expect(result.value).toEqual([64, 'QuotaExceededError', 500]);
    expect(result.calls).toBe(65);
  });
});

describe('timers', () => {
  it('runs a million timers without a million calls', async () => {
    const result = await runGuest(
      `let n = 0; const add = () => n++; for (let i = 0; i < 1e6; i++) setTimeout(add, i % 3);
       await new Promise((r) => setTimeout(r, 4)); return n`,
    );
    expect(result.value).toBe(1e6);
    expect(result.calls).toBe(0);
  });

  it('ends the run with what a callback throws', async () => {
    const result = await runGuest(
      `setTimeout(() => { throw new RangeError('late') }, 1); await new Promise(() => {})`,
    );
    expect(result).toMatchObject({
      exitReason: 'Exception',
      error: { name: 'RangeError', message: 'late' },
    });
  });
});

/** The way out of the harness: answers what it was sent, piece by piece. */
function echoing(seen: FetchStart[]) {
  return (start: FetchStart): FetchStream => {
    seen.push(start);
    const pieces: Uint8Array[] = [];
    const sent = Promise.withResolvers<void>();
    if (!start.hasBody) sent.resolve();
    return {
      head: Promise.resolve({
        status: 200,
        statusText: 'OK',
        headers: [['x-a', '1']],
        url: start.url,
        redirected: false,
      }),
      body: (async function* () {
        await sent.promise;
        yield Buffer.from('[');
        yield* pieces;
        yield Buffer.from(']');
      })(),
      write: async (bytes) => void pieces.push(bytes.slice()),
      endWrite: () => sent.resolve(),
      abort: () => sent.reject(new Error('aborted')),
    };
  };
}

describe('fetch', () => {
  it('sends a request and streams the response', async () => {
    const seen: FetchStart[] = [];
    const code = `const r = await fetch('https://a.example/x', { method: 'POST', body: 'hé',
        headers: { 'X-B': '2', host: 'evil', 'content-length': '9' } });
      return [r.status, r.ok, r.url, r.headers.get('x-a'), await r.text(), r.bodyUsed]`;
    const value = await valueOf(code, { preset: 'agent', openFetch: echoing(seen) });
    expect(value).toEqual([200, true, 'https://a.example/x', '1', '[hé]', true]);
    expect(seen).toEqual([
      {
        url: 'https://a.example/x',
        method: 'POST',
        redirect: 'follow',
        hasBody: true,
        headers: [
          ['x-b', '2'],
          ['content-type', 'text/plain;charset=UTF-8'],
        ],
      },
    ]);
  });

  it('sends bodies larger than one call may carry, and reads answers so', async () => {
    const code = `const r = await fetch('https://a.example/', { method: 'PUT', body: new Uint8Array(300000).fill(65) });
      return (await r.arrayBuffer()).byteLength`;
    const limits = { bridgePayloadBytes: 100_000 };
    expect(await valueOf(code, { preset: 'agent', limits, openFetch: echoing([]) })).toBe(300_002);
  });

  it('passes a response body on as a request body', async () => {
    const code = `const a = await fetch('https://a.example/');
      return (await fetch('https://b.example/', { method: 'POST', body: a.body })).text()`;
    expect(await valueOf(code, { preset: 'agent', openFetch: echoing([]) })).toBe('[[]]');
  });

  it.each([
    [
      `fetch('https://a.example/')`,
      'TypeError: fetch failed: EGRESS_DENIED: this run has no permission to fetch anything',
    ],
    [`fetch('nonsense')`, 'TypeError: Invalid URL: nonsense'],
    [
      `fetch('http://u:p@a.example/')`,
      'TypeError: A request URL must hold no user name or password',
    ],
    [`fetch('http://a/', { method: 'TRACE' })`, 'TypeError: The method TRACE is refused'],
    [
      `fetch('http://a/', { signal: AbortSignal.abort() })`,
      'AbortError: This operation was aborted',
    ],
    [`fetch('http://a/', { body: 'x' })`, 'TypeError: A request with method GET has no body'],
    [`fetch('http://a/', { headers: { 'a\\nb': 'c' } })`, 'TypeError: Invalid header name: a\nb'],
  ])('rejects %s', async (call, expected) => {
    const code = `try { await ${call} } catch (e) { return e.name + ': ' + e.message }`;
    expect(await valueOf(code, { preset: 'agent' })).toBe(expected);
  });

  it('aborts a response that is being read', async () => {
    const open = (start: FetchStart): FetchStream => ({
      ...echoing([])({ ...start, hasBody: true }),
      // The body waits for an end that never comes.
      endWrite: () => {},
    });
    const code = `const c = new AbortController(); const r = await fetch('http://a/', { signal: c.signal });
      setTimeout(() => c.abort(new Error('mine')), 1);
      try { await r.text() } catch (e) { return e.message }`;
    expect(await valueOf(code, { openFetch: open })).toBe('mine');
  });
});
