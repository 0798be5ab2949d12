import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectations } from '../src/expectations.ts';
import { figures } from '../src/report.ts';
import { scale } from '../src/scale.ts';
import { targetName } from '../src/target.ts';
import { ALLOWED } from './attempts/allowed.ts';
import type { Attempt } from './attempts/attempt.ts';
import { ENVIRONMENT } from './attempts/environment.ts';
import { FILES } from './attempts/files.ts';
import { INTERNALS } from './attempts/internals.ts';
import { NETWORK } from './attempts/network.ts';
import { PERMISSIONS } from './attempts/permissions.ts';
import { PROCESSES } from './attempts/processes.ts';
import { inGroups } from './groups.ts';
import { Rig } from './rig.ts';
import { FORMS, scriptOf, type Form } from './script.ts';

const ATTEMPTS = [
  ...FILES,
  ...PROCESSES,
  ...ENVIRONMENT,
  ...NETWORK,
  ...PERMISSIONS,
  ...INTERNALS,
  ...ALLOWED,
];
/** Node's modules that the attempts of a group load fit into the memory that it is given. */
const GROUP = 12;
const MiB = 1024 * 1024;
const LIMITS = { memoryBytes: 256 * MiB, cpuTimeMs: 20_000 };

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
}, 600_000);
afterAll(() => rig?.[Symbol.asyncDispose](), 60_000);

/** Tries a group in one process; what failed to hold, by name. */
async function tryGroup(group: Attempt[], form: Form): Promise<string[]> {
  const code = scriptOf(group, rig.place, form);
  const options = { engine: 'deno', tenant: 'ash' } as const;
  const answer = await rig.target.run({ code, timeout: 60_000, limits: LIMITS }, options);
  const ends: unknown = answer.body.result;
  if (!Array.isArray(ends))
    return [`${group[0]!.name} ended its run: ${answer.text.slice(0, 300)}`];
  const leaks = rig.leaked(answer).map((canary) => `${canary} came out`);
  return [...leaks, ...group.flatMap((attempt, index) => failureOf(attempt, String(ends[index])))];
}

function failureOf({ name, ends }: Attempt, ended: string): string[] {
  const attempt = { suite: 'deno', attempt: name, engine: 'deno', target: targetName };
  try {
    expectations.verdict(attempt, ends.test(ended), ended);
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

it('has names that say which is which', () => {
  expect(new Set(ATTEMPTS.map(({ name }) => name)).size).toBe(ATTEMPTS.length);
});

it.for(FORMS)('gains nothing from a %s', { timeout: 1_800_000 }, async (form) => {
  // A sample tries each in one form, turn by turn.
  const mine = (index: number) => scale !== 'quick' || FORMS[index % FORMS.length] === form;
  const tried = ATTEMPTS.filter((_, index) => mine(index));
  const failures = (
    await inGroups(tried, { size: GROUP, atOnce: 2 }, (group) => tryGroup(group, form))
  ).flat();
  // Each in a process of its own too, where none has changed what another stands on.
  const alone =
    scale === 'full'
      ? await inGroups(ATTEMPTS, { size: 1, atOnce: 2 }, (group) => tryGroup(group, form))
      : [];
  expect([...failures, ...alone.flat()]).toEqual([]);
  expect(rig.heard).toBe(0);
  expect(await rig.untouched()).toBe(true);
  figures('deno-denied', {
    attempts: ATTEMPTS.length,
    forms: FORMS.length,
    gotThrough: 0,
    heard: 0,
  });
});

it('says no address of a resolver', async () => {
  const code = `try { await Deno.resolveDns('example.com', 'A') } catch (error) { return error.message }`;
  const { text } = await rig.target.run({ code }, { engine: 'deno', tenant: 'ash' });
  const own = [...readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver\s+(\S+)/gm)];
  const said = own.map(([, address]) => address!).filter((address) => text.includes(address));
  const attempt = { suite: 'deno', attempt: 'the address of the resolver', target: targetName };
  expectations.verdict(attempt, said.length === 0, said.join());
});

const STATIC = [
  'import x from "/etc/passwd"; export default x',
  'import x from "/etc/passwd" with { type: "text" }; export default x',
  'import x from "/etc/passwd" with { type: "json" }; export default x',
  'export * from "file:///etc/passwd"',
  'export { default } from "npm:left-pad"',
  'import "jsr:@std/path"',
  'import "https://deno.land/x/is/mod.ts"',
  'import "http://127.0.0.1/x.js"',
  'import { readFileSync } from "node:fs"; export default readFileSync("/etc/passwd")',
  'import "ext:core/ops"',
  'import "../../../../etc/passwd"',
  'import defer * as x from "/etc/passwd"; export default x',
  'import source x from "file:///x.wasm"; export default x',
  'import "data:text/javascript,import \'/etc/passwd\'"',
];

it.for(STATIC)('has nothing to import: %s', async (code) => {
  const { body } = await rig.target.run({ code }, { engine: 'deno', tenant: 'ash' });
  expect([body.success, body.error?.code]).toEqual([false, 'COMPILE_ERROR']);
});
