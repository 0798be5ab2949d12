import type { IsolateHost } from 'cofferdam';
import type { Figures } from '../samples.ts';
import { Arrivals, inRounds, timed } from './rounds.ts';

export const BODY_BYTES = 10_000_000;
const CHUNK_BYTES = 64 * 1024;
const ROUNDS = 12;
const TIMES = 2;

const DOWN = `
  await mark(0);
  const response = await fetch('http://bench.example/down');
  await mark((await response.arrayBuffer()).byteLength);`;
const UP = `
  const body = globalThis.sent ??= new Uint8Array(${BODY_BYTES}).fill(7);
  await mark(0);
  const response = await fetch('http://bench.example/up', { method: 'POST', body });
  await mark(Number(await response.text()));`;

export interface Bodies {
  down: Figures;
  up: Figures;
  copy: Figures;
}

/** A body through the fetch binding, both ways, and the same pieces through a Response of this process. */
export async function measureBodies(host: IsolateHost): Promise<Bodies> {
  const arrivals = new Arrivals();
  const mark = async (bytes: number) => {
    arrivals.note();
    if (bytes !== 0) checkBytes(bytes);
  };
  const runtime = await host.createRuntime({ bindings: { fetch: answer, tools: { mark } } });
  const inGuest = (code: string) => ({
    name: code === UP ? 'up' : 'down',
    take: () => times(async () => void (await runtime.eval(code)), arrivals),
  });
  const down = inGuest(DOWN);
  const up = inGuest(UP);
  const copy = { name: 'copy', take: () => inProcess() };
  try {
    for (const turn of [down, up, copy]) await turn.take();
    return (await inRounds(ROUNDS, [down, up, copy])) as unknown as Bodies;
  } finally {
    await runtime.dispose();
  }
}

async function answer(request: Request): Promise<Response> {
  if (request.method === 'GET') return new Response(pieces());
  return new Response(String((await request.arrayBuffer()).byteLength));
}

/** A body as it comes from a file or a network: piece after piece, each of its own. */
function pieces(): ReadableStream<Uint8Array<ArrayBuffer>> {
  let left = BODY_BYTES;
  return new ReadableStream({
    pull(controller) {
      const size = Math.min(CHUNK_BYTES, left);
      left -= size;
      controller.enqueue(new Uint8Array(size).fill(7));
      if (left === 0) controller.close();
    },
  });
}

async function times(work: () => Promise<void>, arrivals: Arrivals): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < TIMES; count++) {
    // eslint-disable-next-line no-await-in-loop -- at a time one is measured
    await work();
    samples.push(...arrivals.gaps());
  }
  return samples;
}

/** What an in-process copy costs: a ReadableStream that a Response of the same process reads. */
async function inProcess(): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < TIMES; count++) {
    samples.push(
      // eslint-disable-next-line no-await-in-loop -- at a time one is measured
      await timed(async () => {
        checkBytes((await new Response(pieces()).arrayBuffer()).byteLength);
      }),
    );
  }
  return samples;
}

function checkBytes(bytes: number): void {
  if (bytes !== BODY_BYTES) throw new Error(`a body of ${bytes} bytes and not ${BODY_BYTES}`);
}
