import type { CompiledSource } from '../../runner/src/engines/engine.ts';
import { createHash } from 'node:crypto';
import type { TestCase } from './test-case.ts';
import { ORIGIN } from './served.ts';

/** What the guest answers: how the harness ended, and what did not pass. */
export interface CaseAnswer {
  harness: { status: number; message: string | null };
  passed: string[];
  failed: { name: string; status: number; message: string | null }[];
}

/**
 * The harness takes it for a shell: a page or a worker would have to be more than a global object.
 * It goes on after the last test, and gives up on tests that hang before the run's own limit does.
 */
const PRELUDE = `
globalThis.self = globalThis;
globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };
globalThis.location = (({ href, origin, protocol, host, hostname, port, pathname, search, hash }) =>
  ({ href, origin, protocol, host, hostname, port, pathname, search, hash, toString: () => href }))(new URL(input.address));
globalThis.fetch = (native => function fetch(address, init) {
  return native(typeof address === 'string' ? new URL(address, input.address).href : address, init);
})(globalThis.fetch);
`;

/** For what asks an interface's IDL where it is exposed: it is here what it is in a worker. */
const WORKER = `
globalThis.DedicatedWorkerGlobalScope = class { static [Symbol.hasInstance](value) { return value === globalThis; } };
`;

const COLLECT = `
const done = new Promise((resolve) => add_completion_callback((tests, status) => resolve({ tests, status })));
setup({ explicit_timeout: true, title: input.title });
setTimeout(() => timeout(), input.patienceMs);
`;

const ANSWER = `
const { tests, status } = await done;
const short = (text) => text === null || text === undefined ? null : String(text).slice(0, 400);
const passed = tests.filter((test) => test.status === 0).map((test) => test.name.slice(0, 300));
const failed = tests.filter((test) => test.status !== 0)
  .map((test) => ({ name: test.name.slice(0, 300), status: test.status, message: short(test.message) }));
return { harness: { status: status.status, message: short(status.message) }, passed, failed };
`;

/**
 * The case as a script. Its own scripts are evaluated as one: what a script declares with `const`
 * is seen by the next, but what one `eval` so declares is not seen by another.
 */
export function programOf(test: TestCase, harness: string): CompiledSource {
  const scripts = test.scripts.map(({ text }) => text).join('\n;');
  const parts = [
    PRELUDE,
    evaluate('testharness.js', harness),
    COLLECT + WORKER,
    evaluate(test.file, scripts),
  ];
  const code = `async function (input, env) {${parts.join('\n')}${ANSWER}}`;
  const digest = createHash('sha256').update(code).digest('hex');
  return { digest, form: 'body', code, fileName: 'wpt.js' };
}

function evaluate(name: string, text: string): string {
  return `(0, eval)(${JSON.stringify(`${text}\n//# sourceURL=${name}`)});`;
}

/** What the program reads as its input. */
export function inputOf(test: TestCase, patienceMs: number): string {
  const address = `${ORIGIN}/${test.file}${test.variant}`;
  return JSON.stringify({ address, title: test.title, patienceMs });
}
