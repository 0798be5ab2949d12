import { afterAll, beforeAll, expect, it } from 'vitest';
import { figures } from '../src/report.ts';
import { scaled } from '../src/scale.ts';
import { inGroups } from './groups.ts';
import { disturbed, neighbours, Rig, warm } from './rig.ts';

/** Deno 2.9 has 376 in reach of a script that has loaded Node's `fs`; as many more would be seen. */
const OPERATIONS = 800;
/** Tried in one process, which many of them end. */
const BATCH = 4;
const EVERY = scaled({ quick: 40, ci: 10, full: 1 });

/** Calls operations with what they do not expect; what they answer comes back as text. */
const tries = (from: number, place: string) => `
await import('node:fs');
const at = ${place};
const { ops } = Deno[Deno.internal].core;
const names = Object.keys(ops).filter((name) => typeof ops[name] === 'function').toSorted().slice(${from}, ${from + BATCH});
const written = at.folder + '/written';
const many = (value) => Array.from({ length: 12 }, () => value);
const lists = [
  [], many(at.file), [at.file, written, at.file, written], [at.folder, written, 0, 0, 0, 0], many(0), many(1), many(-1), many(2 ** 31), many(2 ** 32 - 1), many(NaN), many(''), many(null), many({}), many([]), many(10n), many(true),
  many(new Uint8Array(64)), [new Uint8Array(64), at.file, 0, 64], [at.file, new Uint8Array(64), 0, 64], [3, new Uint8Array(64), 0, 64], many(() => at.file), many(new Proxy({}, { get: () => at.file })), many({ toString: () => at.file, valueOf: () => 3, path: at.file, hostname: '127.0.0.1', port: at.port }), many('a'.repeat(1e5)), many(Symbol('x')),
  ['127.0.0.1', at.port, at.socket, true], [at.environment], [Deno.ppid, 9, 'SIGCONT'], [at.socket, at.socket],
];
const said = [];
for (const name of names) for (const list of lists) {
  let timer;
  const late = new Promise((done) => { timer = setTimeout(done, 20); });
  try { said.push(String(await Promise.race([ops[name](...list), late])).slice(0, 200)); } catch (error) { said.push(String(error?.message).slice(0, 100)); }
  clearTimeout(timer);
}
return { names, said: said.join('\\n').slice(0, 100_000) };`;

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
  await warm(rig.target);
}, 600_000);
afterAll(() => rig?.[Symbol.asyncDispose](), 60_000);

it(
  'gains nothing by any operation of Deno, whatever it is given',
  { timeout: 1_800_000 },
  async () => {
    const place = JSON.stringify(rig.place);
    const count = `await import('node:fs'); return Object.keys(Deno[Deno.internal].core.ops).length`;
    const options = { engine: 'deno', tenant: 'ash' } as const;
    const there: number = (await rig.target.run({ code: count }, options)).body.result;
    expect(there).toBeGreaterThan(100);
    expect(there).toBeLessThan(OPERATIONS);
    const starts = Array.from({ length: Math.ceil(there / BATCH) }, (_, index) => index * BATCH);
    const tried = starts.filter((_, index) => index % EVERY === 0);
    let ended = 0;
    const failures = await inGroups(tried, { size: 4, atOnce: 1 }, async (group) => {
      const beside = neighbours(rig.target);
      const answers = await Promise.all(
        group.map((from) => {
          const limits = { cpuTimeMs: 10_000, memoryBytes: 256 * 2 ** 20 };
          return rig.target.run({ code: tries(from, place), timeout: 20_000, limits }, options);
        }),
      );
      ended += answers.filter(({ body }) => body.success !== true).length;
      const lost = (await Promise.all(beside)).map(disturbed).filter((text) => text !== undefined);
      return [
        ...answers.flatMap((answer) => rig.leaked(answer)),
        ...lost.map((text) => `beside ${group[0]}: ${text}`),
      ];
    });
    expect(failures.flat()).toEqual([]);
    expect(rig.heard).toBe(0);
    expect(await rig.untouched()).toBe(true);
    figures('deno-operations', {
      operations: there,
      tried: Math.min(there, tried.length * BATCH),
      processesEnded: ended,
      processes: tried.length,
      gotThrough: 0,
    });
  },
);
