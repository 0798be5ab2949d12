import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CofferdamProcess } from './cofferdam-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...args: string[]): Promise<[code: number | null, text: string]> {
  const cofferdam = new CofferdamProcess(args);
  return [await cofferdam.exited, cofferdam.text];
}

const GOOD = `apiVersion: cofferdam.dev/v1alpha1
kind: SandboxScript
metadata: { name: good }
spec: { source: { inline: return 1 } }
`;

describe('cofferdam', () => {
  it('says what it can do', async () => {
    const [code, text] = await run('help');
    expect(code).toBe(0);
    for (const command of ['up', 'run', 'validate', 'typecheck', 'scripts', 'version']) {
      expect(text).toContain(`cofferdam ${command}`);
    }
    expect(await run('up', '--help')).toEqual([0, text]);
    expect(await run('version')).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });

  it.each([
    [['fly'], /^cofferdam: no command 'fly'/],
    [['constructor'], /^cofferdam: no command/],
    [['up', '--colour'], /^cofferdam: Unknown option '--colour'/],
    [['up', '--port', 'many'], /^cofferdam: --port must be a number/],
    [['up', '--browser', '--driver', 'docker'], /^cofferdam: --browser is for --driver process/],
    [['up', 'a', 'b'], /^cofferdam: expected at most one folder/],
    [['up', '--driver', 'podman'], /^cofferdam: --driver must be process or docker, not 'podman'/],
    [['up', '--allow-runc'], /^cofferdam: --allow-runc is for --driver docker/],
    [['run'], /^cofferdam: expected one file/],
    [['run', 'x.py'], /^cofferdam: x.py is neither/],
    [['run', '/nowhere.js'], /^cofferdam: \/nowhere.js does not exist/],
  ])('%j is one sentence and exit code 2', async (args, sentence) => {
    const [code, text] = await run(...args);
    expect([code, text.split('\n').length]).toEqual([2, 1]);
    expect(text).toMatch(sentence);
  });

  it('says that nobody answers', async () => {
    expect(await run('scripts', '--url', 'http://127.0.0.1:9')).toEqual([
      3,
      'cofferdam: no cofferdam answers at http://127.0.0.1:9; start one with `cofferdam up`',
    ]);
  });

  it('says that a folder is not there', async () => {
    const data = join(folder, 'data');
    const [code, text] = await run('up', join(folder, 'none'), '--port', '0', '--data-dir', data);
    expect([code, text]).toEqual([3, `cofferdam: there is no folder ${join(folder, 'none')}`]);
  });

  it('validates resources without an instance', async () => {
    const [good, bad] = [join(folder, 'good.yaml'), join(folder, 'bad.yaml')];
    await writeFile(good, GOOD);
    await writeFile(bad, GOOD.replace('inline: return 1', 'inline: return 1, inlined: 2'));
    expect(await run('validate', good)).toEqual([0, `${good}: valid (default/good)`]);
    expect(await run('validate', bad)).toEqual([
      1,
      `${bad}:4:17: spec.source: unknown field 'inlined'`,
    ]);
  });
});
