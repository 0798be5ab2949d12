import type { Page } from './page.ts';
import { PREFIX, type Task } from './source.ts';

const MiB = 2 ** 20;
/** 64 MiB is a script's default; a walk over everything that Deno has takes more. */
export const MEMORY_MIB = 128;
export const CPU_MS = 20_000;
export const TIMEOUT_MS = 30_000;
export const LIMITS = { memoryBytes: MEMORY_MIB * MiB, cpuTimeMs: CPU_MS };

/** Objects that a run looks at: all that its platform has at first is fewer in an isolate. Every so manyth looks further. */
const DEPTH = 3_000;
const DEEP = 13;

/** Tells a run of a tenant to leave a canary, or to look for one. */
export function taskOf(page: Page, tenant: string, { round, canary }: Asked): Task {
  const depth = round % DEEP === 0 ? DEPTH * 8 : DEPTH;
  const task = { leave: canary !== undefined, depth, page: page.url(tenant), round };
  return canary === undefined ? task : { ...task, canary: PREFIX + canary };
}

interface Asked {
  round: number;
  /** Random; without it the run looks. */
  canary?: string;
}
