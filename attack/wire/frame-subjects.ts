import { Duplex } from 'node:stream';
import {
  Channel,
  CofferdamError,
  encodeCall,
  encodeFrame,
  encodePortFrame,
  encodeSocketPart,
  FRAME_TYPES,
  FrameDecoder,
  helloPayload,
  MAX_FRAME_BYTES,
  nestsDeeper,
  parseJson,
  PortFrameDecoder,
  readClose,
  readCredit,
  readSocketParts,
  type FrameType,
  type IncomingCall,
  type SocketKind,
} from '@cofferdam/protocol';
import { decodeCall } from '../../protocol/src/wire/call-payload.ts';
import { readHello } from '../../protocol/src/wire/hello.ts';
import type { HostCallContext } from '../../sdk/src/types.ts';
import { PortPeer } from '../../sdk/src/port/peer.ts';
import type { Random } from '../src/random.ts';
import { mutatedBytes, pieces } from './mutate-bytes.ts';
import { JsonSeed } from './mutate-json.ts';
import { jsonBytes, jsonSubject, type Subject } from './subject.ts';

const TYPES = Object.keys(FRAME_TYPES) as FrameType[];
const METHODS = ['take', 'echo', 'hold', 'fail', 'nope', '__proto__', 'constructor', ''];
const HELLO = encodeFrame('hello', false, 0, helloPayload({ token: 'x'.repeat(32) }));
const ANY = new JsonSeed('{"code":"INTERNAL","message":"no","head":{"status":200}}');
const ABOUT = new JsonSeed(helloPayload({ role: 'runner' }));
const KINDS: readonly SocketKind[] = ['text', 'binary', 'close'];

/** Frames of the wire, sound ones and such as no peer of ours sends. */
function frames(random: Random): Buffer {
  const all = Array.from({ length: 1 + random.below(6) }, () => frame(random));
  const bytes = Buffer.concat(random.oneIn(10) ? all : [HELLO, ...all]);
  return random.oneIn(3) ? mutatedBytes(bytes, random) : bytes;
}

function frame(random: Random): Buffer {
  const type = random.pick(TYPES);
  const id = random.oneIn(8) ? random.next() : 1 + random.below(3);
  return encodeFrame(type, random.oneIn(2), id, payloadOf(type, random));
}

function payloadOf(type: FrameType, random: Random): Buffer {
  if (random.oneIn(10)) return random.bytes(random.below(64));
  switch (type) {
    case 'call':
      return encodeCall(random.pick(METHODS), random.below(10_000), { at: random.below(9) });
    case 'credit':
      return random.oneIn(2) ? Buffer.from([0, 0, 0, random.below(256)]) : random.bytes(4);
    case 'data':
      return random.bytes(random.below(300));
    case 'hello':
    case 'reply':
    case 'error':
    case 'event':
      return jsonBytes(ANY, random);
    default:
      return Buffer.alloc(0);
  }
}

/** What comes out must not depend on where the bytes were cut. */
function decodeFrames(bytes: Buffer, random: Random): void {
  const whole = decoded([bytes]);
  const cut = decoded(pieces(bytes, random));
  if (whole.join() !== cut.join()) throw new Error('frames depend on how their bytes come');
}

function decoded(chunks: readonly Buffer[]): string[] {
  const decoder = new FrameDecoder(MAX_FRAME_BYTES, 16 * 1024);
  const seen: string[] = [];
  try {
    for (const chunk of chunks) {
      for (const { type, toCaller, callId, payload } of decoder.push(chunk)) {
        seen.push(`${type} ${toCaller} ${callId} ${payload.toString('latin1')}`);
      }
      if (decoder.buffered > MAX_FRAME_BYTES + 9) throw new Error('more is kept than a frame');
    }
  } catch (error) {
    if (!(error instanceof CofferdamError)) throw error;
    // Frames before it in the same chunk are not answered: they differ, the end does not.
    return ['refused'];
  }
  return seen;
}

const HANDLERS = {
  async take({ data }: IncomingCall) {
    let bytes = 0;
    for await (const piece of data) bytes += piece.byteLength;
    return { bytes };
  },
  echo(call: IncomingCall) {
    call.emit(call.payload);
    return call.payload;
  },
  hold: ({ signal }: IncomingCall) =>
    new Promise((resolve) => signal.addEventListener('abort', resolve)),
  fail() {
    throw new CofferdamError('FORBIDDEN');
  },
};

/** A whole connection of ours, with calls of its own under way. */
async function feedChannel(bytes: Buffer, random: Random): Promise<void> {
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const channel = new Channel(stream, { handlers: HANDLERS, maxInFlight: 4, closeGraceMs: 1 });
  let fault: unknown;
  channel.onFault = (error) => (fault = error);
  const mine = [1, 2].map((at) =>
    channel.call('ask', { at }, { deadlineMs: 60_000, onEvent: () => {} }),
  );
  for (const chunk of pieces(bytes, random)) stream.push(chunk);
  stream.push(null);
  const reason = await channel.closed;
  const ends = await Promise.allSettled(mine.map(({ reply }) => reply));
  stream.destroy();
  const errors = ends.map((end) =>
    end.status === 'rejected' ? (end.reason as unknown) : undefined,
  );
  for (const error of [reason, ...errors]) {
    if (error !== undefined && !(error instanceof CofferdamError)) throw error;
  }
  if (fault !== undefined) throw fault;
  if (channel.inFlight !== 0) throw new Error(`${channel.inFlight} calls are left`);
}

/** Parsing takes what JSON.parse takes, down to its depth, and nothing else. */
function readJson(bytes: Buffer): void {
  const text = bytes.toString();
  const isDeep = nestsDeeper(text, 64);
  let expected: string | undefined;
  try {
    if (!isDeep) expected = JSON.stringify(JSON.parse(text));
  } catch {
    // No JSON.
  }
  const value = parseJson(text);
  if (JSON.stringify(value) !== expected) throw new Error('another value than JSON.parse reads');
}

const MESSAGES = new JsonSeed(
  JSON.stringify([
    [
      'call',
      1,
      { t: 'echo' },
      [{ $f: 1 }, { $u: 0 }, { $n: 'NaN' }, { $i: '12' }],
      { requestId: 'r1' },
    ],
    [
      'call',
      2,
      { h: 'createHost' },
      [{ $d: 1 }, { $b: ['Uint8Array', 'AAAA'] }, { $m: [['a', 1]] }],
    ],
    ['iter', 3, 1, 'next', { $s: [1, 2] }],
    ['ok', 4, { $e: { name: 'Error', message: 'no', code: 'X' } }],
    ['err', 5, { $e: { name: 'Error', message: 'no' } }],
    ['drop', 1, 1],
    ['abort', 6, { $r: 1 }],
    ['gone', 6],
    ['log', 'info', 'text', 0],
    [
      'post',
      'event',
      {
        $o: [
          ['$x', { $g: 7 }],
          ['a', { $a: 8 }],
        ],
      },
    ],
  ]),
);

function portFrames(random: Random): Buffer {
  if (random.oneIn(20)) return random.bytes(random.below(100));
  const all = Array.from({ length: 1 + random.below(3) }, () => {
    return encodePortFrame(random.oneIn(8) ? MESSAGES.text : MESSAGES.mutated(random));
  });
  const bytes = Buffer.concat(all);
  return random.oneIn(4) ? mutatedBytes(bytes, random) : bytes;
}

const CONTEXT = { signal: new AbortController().signal } as HostCallContext;

/** A port's bytes, and what the embedder's end makes of them. */
async function feedPort(bytes: Buffer, random: Random): Promise<void> {
  const decoder = new PortFrameDecoder();
  const peer = new PortPeer(
    {
      tools: { echo: (...args: unknown[]) => args },
      enter: () => ({ context: CONTEXT, [Symbol.dispose]() {} }),
      onLine() {},
      onPost() {},
    },
    { send() {}, isFull: false },
  );
  try {
    for (const chunk of pieces(bytes, random)) {
      for (const text of decoder.push(chunk)) peer.receive(text);
    }
  } finally {
    peer.end(new CofferdamError('RUNTIME_ENDED'));
  }
}

function socketBytes(random: Random): Buffer {
  const parts = Array.from({ length: 1 + random.below(5) }, () => {
    const bytes = random.bytes(random.below(random.oneIn(20) ? 70_000 : 130));
    return encodeSocketPart({ kind: random.pick(KINDS), isLast: random.oneIn(2), bytes });
  });
  const bytes = Buffer.concat(parts);
  return random.oneIn(3) ? mutatedBytes(bytes, random) : bytes;
}

async function feedSocketParts(bytes: Buffer, random: Random): Promise<void> {
  const chunks = pieces(bytes, random);
  const source = (async function* () {
    yield* chunks;
  })();
  for await (const part of readSocketParts(source)) {
    if (part.bytes.byteLength > 64 * 1024) throw new Error('a part larger than there may be');
    if (part.kind === 'close') readClose(part);
  }
}

export const FRAME_SUBJECTS: readonly Subject[] = [
  { name: 'frames', weight: 60, make: frames, feed: decodeFrames },
  { name: 'connection', weight: 2, make: frames, feed: feedChannel },
  {
    name: 'call payload',
    weight: 25,
    make: (random) => mutatedBytes(encodeCall('run', 5_000, { code: 'return 1' }), random),
    feed: (bytes) => void decodeCall(bytes),
  },
  {
    name: 'hello',
    weight: 15,
    make: (random) => jsonBytes(ABOUT, random),
    feed: (bytes) => void readHello(bytes),
  },
  {
    name: 'credit',
    weight: 1,
    make: (random) => random.bytes(random.below(9)),
    feed: (bytes) => void readCredit(bytes),
  },
  { name: 'JSON', weight: 20, make: (random) => jsonBytes(MESSAGES, random), feed: readJson },
  jsonSubject('error frame', {}, (value) => {
    const error = CofferdamError.fromWire(value);
    if (!(error instanceof CofferdamError)) throw new Error('no error of the catalogue');
  }),
  { name: 'port', weight: 8, make: portFrames, feed: feedPort },
  { name: 'WebSocket parts', weight: 10, make: socketBytes, feed: feedSocketParts },
];
