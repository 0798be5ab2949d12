import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from '../contender.ts';
import { postAndCheck } from '../http-client.ts';
import { BODY, INPUT } from '../workload.ts';

/** Twice as long as a spare Deno process takes here: runs come at half the rate of spares. */
const PACE_MS = 150;

/** Our Deno engine through the gateway, with runs far enough apart for its spares. */
export function denoEngine(url: string): Contender {
  const body = JSON.stringify({ code: BODY, data: INPUT });
  return {
    name: 'Cofferdam, Deno engine',
    about: 'a prepared Deno process for each request, at half the rate of spares',
    samples: 80,
    once: () => postAndCheck(`${url}/deno`, body),
    pause: () => sleep(PACE_MS),
    stop: async () => {},
  };
}
