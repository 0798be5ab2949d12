import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CofferdamProcess } from './cofferdam-process.ts';

let folder: string;
const at = (name: string) => join(folder, name);
const FILES = {
  'good.ts': 'const x: number = input.a;\nreturn await fetch("https://a.example/" + x);\n',
  'bad.ts': 'let a = 1;\nconst y: string = a;\n',
  'bad.js': 'export default [1].map((x) => x.foo)\n',
  'lib.ts': 'import { z } from "zod";\nexport const n: number = z;\n',
  'zod.d.ts': 'export declare const z: number;\n',
  'x.yaml': 'kind: SandboxScript\n',
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-cli-typecheck-'));
  for (const [name, text] of Object.entries(FILES)) await writeFile(at(name), text);
});
afterAll(() => rm(folder, { recursive: true }));

async function typecheck(...args: string[]): Promise<[code: number | null, lines: string[]]> {
  const cofferdam = new CofferdamProcess(['typecheck', ...args]);
  return [await cofferdam.exited, cofferdam.text.split('\n').toSorted()];
}

describe('cofferdam typecheck', () => {
  it('says what is well, without an instance', async () => {
    expect(await typecheck(at('good.ts'))).toEqual([0, [`${at('good.ts')}: valid`]]);
  });

  it('says what is wrong in each of several files', async () => {
    expect(await typecheck(at('good.ts'), at('bad.ts'), at('bad.js'))).toEqual([
      1,
      [
        `${at('bad.js')}:1:33 - error TS2339: Property 'foo' does not exist on type 'number'.`,
        `${at('bad.ts')}:2:7 - error TS2322: Type 'number' is not assignable to type 'string'.`,
        `${at('good.ts')}: valid`,
      ],
    ]);
  });

  it('checks against a preset, a profile, and declarations of modules', async () => {
    const [code, lines] = await typecheck(at('good.ts'), '--preset', 'minimal');
    expect([code, lines]).toEqual([
      1,
      [`${at('good.ts')}:2:14 - error TS2304: Cannot find name 'fetch'.`],
    ]);
    const types = ['--types', `zod=${at('zod.d.ts')}`];
    expect(
      (await typecheck(at('lib.ts'), '--profile', 'agent', '--capabilities', 'tests'))[0],
    ).toBe(1);
    expect((await typecheck(at('lib.ts'), '--profile', 'agent', ...types))[0]).toBe(0);
  });

  it.each([
    [[], /^cofferdam: expected files/],
    [['good.ts', '--preset', 'none'], /--preset must be of minimal, .*, not 'none'/],
    [['good.ts', '--profile', 'none'], /--profile must be of backend/],
    [['good.ts', '--capabilities', 'fetch,zip'], /not 'zip'/],
    [['good.ts', '--preset', 'web', '--profile', 'agent'], /goes with neither/],
    [['x.yaml'], /is neither \.js nor \.ts/],
    [['none.ts'], /does not exist/],
    [['good.ts', '--types', 'zod'], /--types must be/],
  ])('%j is one sentence and exit code 2', async (args, sentence) => {
    const [code, lines] = await typecheck(
      ...args.map((arg) => (/^\w+\.\w+$/.test(arg) ? at(arg) : arg)),
    );
    expect([code, lines.length]).toEqual([2, 1]);
    expect(lines[0]).toMatch(sentence);
  });
});
