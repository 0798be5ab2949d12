import { connect } from 'node:net';
import { randomUUID } from 'node:crypto';
import {
  CofferdamError,
  DEFAULT_LIMITS,
  parser,
  readAddress,
  type RunRequest,
} from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import { noFetch } from './bridge/fetch/none.ts';
import type { Compiler } from './compiler/client.ts';
import type { Engine } from './engines/engine.ts';

/** A packet that a policy drops is answered by nobody: this is how long that is waited for. */
const REACH_MS = 1_500;
const SCRIPT = 'return 6 * 7';
const ANSWER = '42';

const parseProbe = parser(
  Type.Object(
    { addresses: Type.Array(Type.String({ maxLength: 255 }), { maxItems: 16 }) },
    { additionalProperties: false },
  ),
);

export interface Probe {
  works: boolean;
  /** The addresses that answered. */
  reached: string[];
  message?: string;
}

/** Executes a script of ours, and tries to connect to what must not be reachable from here. */
export async function probe(
  { isolate, compiler }: { isolate: Engine; compiler: Compiler },
  payload: unknown,
): Promise<Probe> {
  const { addresses } = parseProbe(payload);
  const [trouble, ...answers] = await Promise.all([
    troubleWith(isolate, compiler),
    ...addresses.map(isReached),
  ]);
  const reached = addresses.filter((_, index) => answers[index]);
  return {
    works: trouble === undefined,
    reached,
    ...(trouble === undefined ? {} : { message: trouble }),
  };
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

function isReached(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...readAddress(address), timeout: REACH_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
