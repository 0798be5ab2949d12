import { randomUUID } from 'node:crypto';
import {
  answerProbe,
  CofferdamError,
  DEFAULT_LIMITS,
  type Probe,
  type RunRequest,
} from '@cofferdam/protocol';
import { noFetch } from './bridge/fetch/none.ts';
import type { Compiler } from './compiler/client.ts';
import type { Engine } from './engines/engine.ts';

const SCRIPT = 'return 6 * 7';
const ANSWER = '42';

/** Executes a script of ours, and tries to connect to what must not be reachable from here. */
export function probe(
  { isolate, compiler }: { isolate: Engine; compiler: Compiler },
  payload: unknown,
): Promise<Probe> {
  return answerProbe(payload, () => troubleWith(isolate, compiler));
}

async function troubleWith(isolate: Engine, compiler: Compiler): Promise<string | undefined> {
  try {
    const { compiled } = await compiler.compile(SCRIPT, 'javascript');
    if (!compiled.ok) return `the compiler refused the probe: ${compiled.error.message}`;
    const outcome = await isolate.run({
      request: requestOfProbe(),
      source: compiled.source,
      signal: new AbortController().signal,
      openFetch: noFetch,
      openWebSocket: noFetch,
    });
    if (outcome.exitReason === 'Completed' && outcome.value === ANSWER) return undefined;
    return `the probe ended with ${outcome.exitReason}: ${outcome.error?.message ?? outcome.value}`;
  } catch (error) {
    return CofferdamError.from(error).message;
  }
}

/** It looks like the runs that are expected, so that a spare isolate serves it. */
function requestOfProbe(): RunRequest {
  return {
    runId: `probe-${randomUUID()}`,
    tenant: 'probe',
    name: 'probe',
    engine: 'isolate',
    code: SCRIPT,
    preset: 'compute',
    reuse: 'none',
    limits: DEFAULT_LIMITS,
  };
}
