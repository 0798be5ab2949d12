import type { AppServer, IsolateHost } from 'cofferdam';
import { sample, type Figures } from '../samples.ts';
import { inRounds, type Turn } from '../sdk/rounds.ts';
import { startServer } from '../server-process.ts';
import { serve } from './guests.ts';
import { install } from './installed.ts';
import { httpRate, rateOf } from './load.ts';
import { checkAnswer, guestHandler, PATH } from './workload.ts';

const ROUNDS = 5;
const SAMPLES = 60;
const MIN_SECONDS = 1;

export interface Requests {
  handle: Figures;
  gateway: Figures;
  fastify: Figures;
  /** Requests each second where this process asks fastify with `fetch`, as it asks `handle()`. */
  fastifyByFetch: number;
}

/** Something that answers `PATH`. */
interface Asked {
  once(): Promise<void>;
  rate(seconds: number): Promise<number>;
}

/** The same handler in a guest of this process, in one behind a gateway, and in fastify. */
export async function measureRequests(host: IsolateHost, seconds: number): Promise<Requests> {
  await using stack = new AsyncDisposableStack();
  const server = await serve(host, guestHandler(), { key: 'bench/requests' });
  stack.defer(() => server.dispose());
  const installed = await install({ handler: guestHandler() });
  stack.defer(() => installed.stop());
  const fastify = await startServer(process.execPath, ['fastify-process.ts'], {
    cwd: new URL('./', import.meta.url),
    ready: /http:\S+/,
  });
  stack.defer(() => fastify.stop());
  return await compare(Math.max(MIN_SECONDS, seconds / ROUNDS), {
    handle: overHandle(server),
    gateway: overHttp(installed.address('handler')),
    fastify: overHttp(fastify.ready),
    fastifyByFetch: overFetch(fastify.ready),
  });
}

async function compare(
  seconds: number,
  { fastifyByFetch, ...others }: Record<keyof Requests, Asked>,
): Promise<Requests> {
  const all = { ...others, fastifyByFetch };
  // V8 has compiled all of it then.
  for (const asked of Object.values(all)) await asked.rate(MIN_SECONDS);
  const alone = await inRounds(
    ROUNDS,
    turns(others, (asked) => sample(SAMPLES, asked)),
  );
  const rates = await inRounds(
    ROUNDS,
    turns(all, async (asked) => [await asked.rate(seconds)]),
  );
  const figures = Object.entries(alone).map(([name, times]) => [
    name,
    { ...times, perSecond: rates[name]!.p50 },
  ]);
  return {
    ...(Object.fromEntries(figures) as Omit<Requests, 'fastifyByFetch'>),
    fastifyByFetch: rates['fastifyByFetch']!.p50,
  };
}

function turns(
  all: Readonly<Record<string, Asked>>,
  take: (asked: Asked) => Promise<number[]>,
): Turn[] {
  return Object.entries(all).map(([name, asked]) => ({ name, take: () => take(asked) }));
}

function overHandle(server: AppServer): Asked {
  const once = async () => {
    const result = await server.handle(new Request(`http://bench.example${PATH}`));
    checkAnswer(result.type === 'response' ? await result.response.text() : result.type);
  };
  return { once, rate: (seconds) => rateOf(once, seconds) };
}

function overFetch(address: string): Asked {
  const once = async () => checkAnswer(await (await fetch(`${address}${PATH}`)).text());
  return { once, rate: (seconds) => rateOf(once, seconds) };
}

function overHttp(address: string): Asked {
  return { ...overFetch(address), rate: (seconds) => httpRate(`${address}${PATH}`, seconds) };
}
