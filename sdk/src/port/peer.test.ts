import { CofferdamError, PortFrameDecoder, encodePortFrame } from '@cofferdam/protocol';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { GuestFunction } from './foreign.ts';
import { PortPeer, type PeerOptions } from './peer.ts';
import { Port } from './port.ts';

/** A peer whose guest is whoever calls `receive`. */
function peerOf(options: Partial<PeerOptions> = {}) {
  const sent: unknown[][] = [];
  const given: unknown[][] = [];
  const tools = {
    take: (...args: unknown[]) => void given.push(args.slice(0, -1)),
    same: (value: unknown) => value,
    list: async function* () {
      yield 1;
    },
    ...options.tools,
  };
  const enter: PeerOptions['enter'] = (signal) => ({
    context: { signal, runtimeId: 'r', resourceId: 'tool:1', metadata: {} },
    [Symbol.dispose]: () => {},
  });
  const peer = new PortPeer(
    { enter, ...options, tools },
    { isFull: false, send: (text) => sent.push(...(JSON.parse(text) as unknown[][])) },
  );
  const receive = (...messages: unknown[]) => peer.receive(JSON.stringify(messages));
  return { peer, sent, given, receive };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

const ids = fc.oneof(fc.nat(4), fc.constantFrom(-1, 0, 1.5, 2 ** 53, '1', null, {}));
const tags = fc.constantFrom(
  '$u',
  '$n',
  '$i',
  '$d',
  '$b',
  '$m',
  '$s',
  '$o',
  '$e',
  '$f',
  '$a',
  '$r',
  '$g',
  '$x',
  '$',
);
const odd = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue(),
    ids,
    fc.tuple(tags, tie('value')).map(([tag, content]) => ({ [tag]: content })),
    fc.tuple(tags, ids).map(([tag, content]) => ({ [tag]: content })),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.constantFrom('Uint32Array', 'AAAA', 'NaN', '12', '-5', 1e300, '__proto__'),
    fc
      .tuple(
        fc.constantFrom('Uint32Array', 'Int8Array', 'ArrayBuffer', 'constructor'),
        fc.constantFrom('AAAA', 'AAAAAA==', '?', 5),
      )
      .map((content) => ({ $b: content })),
  ),
})).value;
const messages = fc.oneof(
  fc.tuple(
    fc.constant('call'),
    ids,
    fc.oneof(
      fc.constantFrom({ t: 'same' }, { t: 'list' }, { t: 'toString' }, { f: 1 }, { f: 2 }),
      odd,
    ),
    odd,
    odd,
  ),
  fc.tuple(
    fc.constant('call'),
    fc.nat(100).map((n) => n + 1),
    fc.constantFrom({ t: 'same' }, { t: 'list' }),
    fc.array(odd),
  ),
  fc.tuple(
    fc.constant('iter'),
    ids,
    ids,
    fc.constantFrom('next', 'return', 'throw', 'constructor'),
    odd,
  ),
  fc.tuple(
    fc.constantFrom('ok', 'err', 'abort', 'drop', 'gone', 'post', 'log', 'what'),
    fc.oneof(ids, odd),
    odd,
    odd,
  ),
  odd,
);

describe('whatever a guest sends', () => {
  it('is handled, or is a violation of the protocol: message by message', async () => {
    let handled = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(messages, { maxLength: 8 }), async (all) => {
        const { peer } = peerOf();
        try {
          for (const message of all) peer.receive(JSON.stringify([message]));
          handled++;
        } catch (error) {
          expect(error).toBeInstanceOf(CofferdamError);
          expect((error as CofferdamError).code).toBe('PROTOCOL_VIOLATION');
        }
        await turn();
        peer.end(new Error('over'));
      }),
      { numRuns: 2_000 },
    );
    expect(handled).toBeGreaterThan(50);
  });

  it('is handled, or is a violation of the protocol: any bytes', async () => {
    const frames = fc.array(
      fc.array(messages, { maxLength: 3 }).map((all) => encodePortFrame(JSON.stringify(all))),
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      frames.map((all) => Buffer.concat(all)),
      fc.string({ unit: 'binary' }).map((text) => encodePortFrame(text)),
      fc
        .tuple(frames, fc.uint8Array({ maxLength: 9 }))
        .map(([all, end]) => Buffer.concat([...all, end])),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes), fc.nat(40), async (parts, size) => {
        const broken: CofferdamError[] = [];
        const port = new Port({
          stream: { data: cut(Buffer.concat(parts), size + 1), write: async () => {} },
          tools: { same: (value: unknown) => value, list: async function* () {} },
          enter: (signal) => ({
            context: { signal, runtimeId: 'r', resourceId: 'tool:1', metadata: {} },
            [Symbol.dispose]: () => {},
          }),
          onBroken: (error) => broken.push(error),
        });
        await turn();
        for (const error of broken) expect(error.code).toBe('PROTOCOL_VIOLATION');
        expect(broken.length).toBeLessThanOrEqual(1);
        expect(port.pending.calls).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('a guest breaks the protocol by', () => {
  it.each([
    ['what is not JSON', '['],
    ['what is no list', '{}'],
    ['a message that is none', '[1]'],
    ['a message of no known kind', '[["what",1]]'],
    ['an answer to nothing', '[["ok",1,1]]'],
    ['an id that is none', '[["call",0,{"t":"same"},[]]]'],
    ['a call of another id', '[["call",1,{"t":"hang"},[]],["call",1,{"t":"same"},[]]]'],
    ['arguments that are no list', '[["call",1,{"t":"same"},{}]]'],
    ['an unknown tag', '[["call",1,{"t":"same"},[{"$x":1}]]]'],
    ['a number that is none', '[["call",1,{"t":"same"},[{"$n":"toString"}]]]'],
    ['bytes of no known view', '[["call",1,{"t":"same"},[{"$b":["Object","AAAA"]}]]]'],
    [
      'bytes that do not fill elements',
      '[["call",1,{"t":"same"},[{"$b":["Uint32Array","AAAA"]}]]]',
    ],
    ['a reference of two kinds', '[["call",1,{"t":"same"},[{"$f":1},{"$a":1}]]]'],
    ['a method of no iterator', '[["iter",1,1,"constructor"]]'],
    ['a level that is none', '[["log","fatal","x",0]]'],
    ['a request id that is none', '[["call",1,{"t":"same"},[],{"requestId":{}}]]'],
  ])('%s', (_, text) => {
    const { peer } = peerOf({ tools: { hang: () => new Promise(() => {}) } });
    expect(() => peer.receive(text)).toThrow(CofferdamError);
  });

  it('more brackets than a message may have, before they are parsed', () => {
    const { peer } = peerOf();
    for (const text of ['['.repeat(5_000_000), `[${'[],'.repeat(2_000_000)}1]`]) {
      expect(() => peer.receive(text)).toThrow('holds too much');
    }
  });

  it('10,001 calls at once, or as many references', () => {
    const hanging = peerOf({ tools: { hang: () => new Promise(() => {}) } });
    for (let i = 1; i <= 10_000; i++) hanging.receive(['call', i, { t: 'hang' }, []]);
    expect(() => hanging.receive(['call', 10_001, { t: 'hang' }, []])).toThrow('too many calls');
    const references = (from: number) =>
      Array.from({ length: 5_000 }, (_, i) => ({ $f: from + i }));
    const { receive, given } = peerOf();
    receive(
      ['call', 1, { t: 'take' }, [references(1)]],
      ['call', 2, { t: 'take' }, [references(5_001)]],
    );
    expect(given).toHaveLength(2);
    expect(() => receive(['call', 3, { t: 'take' }, [{ $f: 10_001 }]])).toThrow(
      'too many references',
    );
    const signals = (from: number) => Array.from({ length: 5_000 }, (_, i) => ({ $g: from + i }));
    const other = peerOf();
    other.receive(
      ['call', 1, { t: 'take' }, [signals(1)]],
      ['call', 2, { t: 'take' }, [signals(5_001)]],
    );
    expect(() => other.receive(['call', 3, { t: 'take' }, [{ $g: 10_001 }]])).toThrow(
      'too many signals',
    );
  });

  it('a frame that is too large, whose bytes it need not even send', () => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(16 * 1024 * 1024 + 1);
    expect(() => new PortFrameDecoder().push(header)).toThrow(CofferdamError);
  });
});

it('tells who answers for which request a guest says that it calls', async () => {
  const said: (string | undefined)[] = [];
  const { receive } = peerOf({
    enter: (signal, requestId) => {
      said.push(requestId);
      return {
        context: { signal, runtimeId: 'r', resourceId: 'tool:1', metadata: {} },
        [Symbol.dispose]: () => {},
      };
    },
  });
  receive(['call', 1, { t: 'same' }, [], { requestId: 'q' }], ['call', 2, { t: 'same' }, []]);
  expect(said).toEqual(['q', undefined]);
});

describe('a guest that is free with references', () => {
  it('gets none that it was not given, and no harm is done by those it gave back', async () => {
    const { peer, sent, receive } = peerOf();
    receive(
      ['call', 1, { f: 7 }, []],
      ['iter', 2, 7, 'next'],
      ['iter', 3, 7, 'throw', 1],
      ['call', 4, { t: 'same' }, [{ $r: 7 }]],
      ['drop', 7, 1],
      ['drop', 7, 1e9],
      ['abort', 99],
      ['gone', 99],
      ['call', 5, { t: 'constructor' }, []],
    );
    await turn();
    const answers = new Map(sent.map(([kind, id, value]) => [id, [kind, value]]));
    expect(answers.get(1)).toMatchObject(['err', { $e: { code: 'REFERENCE_GONE' } }]);
    expect(answers.get(2)).toEqual(['ok', { done: true, value: { $u: 1 } }]);
    expect(answers.get(3)).toMatchObject(['err', {}]);
    expect(answers.get(4)).toMatchObject(['err', { $e: { code: 'REFERENCE_GONE' } }]);
    expect(answers.get(5)).toMatchObject(['err', { $e: { name: 'TypeError' } }]);
    peer.end(new Error('over'));
  });

  it('calls no iterable as a function, and iterates no function', async () => {
    const { sent, receive } = peerOf({ tools: { f: () => () => 1 } });
    receive(['call', 1, { t: 'list' }, []], ['call', 2, { t: 'f' }, []]);
    await turn();
    const refs = sent.map(([, , value]) => Object.values(value as object)[0] as number);
    receive(['call', 3, { f: refs[0] }, []], ['iter', 4, refs[1], 'next']);
    await turn();
    expect(sent.slice(2)).toEqual([
      ['err', 3, expect.objectContaining({ $e: expect.anything() as unknown })],
      ['ok', 4, { done: true, value: { $u: 1 } }],
    ]);
  });
});

describe('a port', () => {
  function portOf(write: (bytes: Uint8Array) => Promise<void>, tools: PeerOptions['tools'] = {}) {
    const chunks: Buffer[] = [];
    let wake: (() => void) | undefined;
    let read = 0;
    async function* data() {
      for (;;) {
        while (chunks.length > 0) {
          read++;
          yield chunks.shift()!;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    const broken = vi.fn<(error: CofferdamError) => void>();
    const port = new Port({
      stream: { data: data(), write },
      tools,
      enter: (signal) => ({
        context: { signal, runtimeId: 'r', resourceId: 'tool:1', metadata: {} },
        [Symbol.dispose]: () => {},
      }),
      onBroken: broken,
    });
    const push = (...all: unknown[]) => {
      chunks.push(encodePortFrame(JSON.stringify(all)));
      wake?.();
    };
    return { port, push, broken, read: () => read };
  }

  it('ends with a violation: once, with everything that was under way', async () => {
    let signal: AbortSignal | undefined;
    const hang = (context: { signal: AbortSignal }) => {
      signal = context.signal;
      return new Promise(() => {});
    };
    let given: GuestFunction | undefined;
    const take = (f: GuestFunction) => void (given = f);
    const { port, push, broken } = portOf(async () => {}, { hang, take });
    push(['call', 1, { t: 'hang' }, []], ['call', 2, { t: 'take' }, [{ $f: 1 }]]);
    await turn();
    push(['what'], ['what']);
    push(['what']);
    await turn();
    expect(broken).toHaveBeenCalledOnce();
    expect(broken.mock.calls[0]![0].code).toBe('PROTOCOL_VIOLATION');
    expect(signal!.aborted).toBe(true);
    await expect(given!()).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    port.end(new Error('again'));
    expect(port.pending).toEqual({ calls: 0, references: 0 });
  });

  it('listens no further to a guest that takes nothing, until it does', async () => {
    const writes: (() => void)[] = [];
    const write = () => new Promise<void>((resolve) => writes.push(resolve));
    const { push, read } = portOf(write, { big: () => 'x'.repeat(10_000_000) });
    for (let i = 1; i <= 6; i++) {
      push(['call', i, { t: 'big' }, []]);
      await turn();
    }
    expect(read()).toBeLessThanOrEqual(3);
    for (let i = 0; i < 6; i++) {
      for (const done of writes.splice(0)) done();
      await turn();
    }
    expect(read()).toBe(6);
  });

  it('keeps no more than 64 MiB for it: what comes on top is an error', async () => {
    const kept: Buffer[] = [];
    const { push } = portOf(
      (bytes) => {
        kept.push(bytes as Buffer);
        return new Promise(() => {});
      },
      { big: () => 'x'.repeat(10_000_000) },
    );
    push(...Array.from({ length: 30 }, (_, i) => ['call', i + 1, { t: 'big' }, []]));
    await turn();
    const total = kept.reduce((sum, bytes) => sum + bytes.byteLength, 0);
    expect(total).toBeLessThan(90 * 1024 * 1024);
    expect(kept.at(-1)!.toString('utf8', 4, 400)).toContain('TOO_MANY');
  });
});
