import { duplexPair } from 'node:stream';
import { expect, it, onTestFinished } from 'vitest';
import {
  Channel,
  encodePortFrame,
  LASTING,
  PortFrameDecoder,
  type CofferdamError,
  type IncomingCall,
  type OutgoingCall,
} from '@cofferdam/protocol';
import { IsolatePort } from './isolate-port.ts';

/** Calls over a real channel, as the keeper makes them. */
function calls() {
  const [near, far] = duplexPair();
  const waiting: ((call: IncomingCall) => void)[] = [];
  const serve = (call: IncomingCall) => {
    waiting.shift()!(call);
    return new Promise(() => {});
  };
  const inside = new Channel(far, { handlers: { attach: serve } });
  const keeper = new Channel(near);
  onTestFinished(() => {
    keeper.close();
    inside.close();
  });
  return async (): Promise<{ outgoing: OutgoingCall; incoming: IncomingCall; heard: string[] }> => {
    const { promise, resolve } = Promise.withResolvers<IncomingCall>();
    waiting.push(resolve);
    const outgoing = keeper.call('attach', null, { deadlineMs: LASTING });
    const heard: string[] = [];
    void listen(outgoing, heard);
    return { outgoing, incoming: await promise, heard };
  };
}

async function listen({ data }: OutgoingCall, heard: string[]): Promise<void> {
  const decoder = new PortFrameDecoder();
  try {
    for await (const chunk of data) heard.push(...decoder.push(chunk));
  } catch {
    // The channel was closed.
  }
}

function port() {
  const delivered: string[] = [];
  const broken: CofferdamError[] = [];
  let sent = 0;
  const made = new IsolatePort(
    {
      deliver: async (texts) => void delivered.push(...texts),
      sent: (units) => void (sent += units),
    },
    (error) => void broken.push(error),
  );
  return { port: made, delivered, broken, sent: () => sent };
}

const turn = () => new Promise((done) => setImmediate(done));
async function settled(isSo: () => boolean): Promise<void> {
  // eslint-disable-next-line no-await-in-loop -- a channel takes a few turns
  for (let i = 0; i < 1_000 && !isSo(); i++) await turn();
}

it('takes frames to and from whoever is connected, and to nobody else', async () => {
  const next = calls();
  const { port: isolate, delivered, broken } = port();
  isolate.post('["nobody"]', 1);
  const first = await next();
  expect(isolate.connect(first.incoming).number).toBe(1);
  isolate.post('["to the first"]', 1);
  await first.outgoing.write(encodePortFrame('["from the first"]'));
  await settled(() => first.heard.length > 0 && delivered.length > 0);
  isolate.disconnect();
  isolate.post('["late"]', 1);
  await first.outgoing.write(encodePortFrame('["too late"]'));
  const second = await next();
  expect(isolate.connect(second.incoming).number).toBe(2);
  isolate.post('["of the first"]', 1);
  isolate.post('["to the second"]', 2);
  await second.outgoing.write(encodePortFrame('["from the second"]'));
  await settled(() => second.heard.length > 0 && delivered.length > 1);
  expect(first.heard).toEqual(['["to the first"]']);
  expect(second.heard).toEqual(['["to the second"]']);
  expect(delivered).toEqual(['["from the first"]', '["from the second"]']);
  expect(broken).toEqual([]);
});

it('says when a connection is over, and what broke the one that there is', async () => {
  const next = calls();
  const { port: isolate, broken } = port();
  const first = await next();
  const { over } = isolate.connect(first.incoming);
  isolate.disconnect();
  await over;
  const second = await next();
  isolate.connect(second.incoming);
  await second.outgoing.write(Buffer.from([255, 255, 255, 255]));
  await settled(() => broken.length > 0);
  expect(broken.map(({ code }) => code)).toEqual(['PROTOCOL_VIOLATION']);
});

it('acknowledges nothing to a guest that another one’s frames were taken of', async () => {
  const next = calls();
  const { port: isolate, sent } = port();
  const first = await next();
  isolate.connect(first.incoming);
  isolate.post(`["${'x'.repeat(600 * 1024)}"]`, 1);
  isolate.disconnect();
  await settled(() => first.heard.length > 0);
  for (let i = 0; i < 10; i++) await turn();
  expect(sent()).toBe(0);
});

it('ends a guest that goes on posting while nobody is connected', async () => {
  const next = calls();
  const { port: isolate } = port();
  const text = 'x'.repeat(16 * 1024 * 1024);
  for (let i = 0; i < 4; i++) isolate.post(text, 1);
  expect(() => isolate.post(text, 1)).toThrow('protocol');
  isolate.connect((await next()).incoming);
  isolate.post('["again"]', 1);
  isolate.disconnect();
  expect(() => isolate.post(undefined, 1)).toThrow('protocol');
});
