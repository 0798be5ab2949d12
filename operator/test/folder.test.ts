import { mkdir, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FolderSource } from '../src/sources/folder.ts';
import { describeProblem, type SourceProblem } from '../src/sources/source.ts';

let folder: string;
let source: FolderSource;
let changes: string[][];
let problems: SourceProblem[];
let listeners: (() => void)[];

/** Waits until the folder's news make it true; the test's own time limit is the bound. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((told) => listeners.push(told));
}
const told = () => {
  for (const listener of listeners.splice(0)) listener();
};

const script = (name: string, body = 'return 1') => `apiVersion: cofferdam.dev/v1alpha1
kind: SandboxScript
metadata: { name: ${name} }
spec: { source: { inline: "${body}" } }
`;
const write = (file: string, text: string) => writeFile(join(folder, file), text);
const inline = (name: string) => source.get(`default/${name}`)?.resource?.spec.source.inline;

const sourceWith = (settleMs: number) =>
  new FolderSource({
    ...{ folder, settleMs },
    onChange: (keys) => {
      changes.push(keys);
      told();
    },
    onProblems: (all) => {
      problems = all;
      told();
    },
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cofferdam-folder-'));
  changes = [];
  problems = [];
  listeners = [];
  source = sourceWith(30);
});
afterEach(async () => {
  await source.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a folder', () => {
  it('is read with its subfolders, and nothing but YAML', async () => {
    await mkdir(join(folder, 'deep/er'), { recursive: true });
    await write('a.yaml', script('a'));
    await write('deep/er/b.yml', script('b'));
    await write('notes.txt', script('c'));
    await mkdir(join(folder, '.git'));
    await write('.git/d.yaml', script('d'));
    await source.start();
    expect(source.keys().sort()).toEqual(['default/a', 'default/b']);
    expect(source.get('default/b')!.file).toBe('deep/er/b.yml');
  });

  it('that is not there is one clear sentence', async () => {
    await rm(folder, { recursive: true });
    await expect(source.start()).rejects.toThrow(`there is no folder ${folder}`);
  });

  it('tells of edits, additions and removals', async () => {
    await write('a.yaml', script('a'));
    await source.start();
    expect(changes).toEqual([['default/a']]);
    await write('a.yaml', script('a', 'return 2'));
    await until(() => inline('a') === 'return 2');
    await write('b.yaml', script('b'));
    await until(() => inline('b') === 'return 1');
    await rm(join(folder, 'a.yaml'));
    await until(() => source.get('default/a') === undefined);
    await mkdir(join(folder, 'new'));
    await write('new/c.yaml', script('c'));
    await until(() => inline('c') === 'return 1');
    await rm(join(folder, 'new'), { recursive: true });
    await until(() => source.get('default/c') === undefined);
    expect(source.keys()).toEqual(['default/b']);
  });

  it('follows editors that write beside a file and rename', async () => {
    await write('a.yaml', script('a'));
    await source.start();
    await write('.a.yaml.swp', script('a', 'return 2'));
    await rename(join(folder, '.a.yaml.swp'), join(folder, 'a.yaml'));
    await until(() => inline('a') === 'return 2');
    expect(source.keys()).toEqual(['default/a']);
  });

  it('does not read half a file', async () => {
    await write('a.yaml', script('a'));
    await source.start();
    const seen = changes.length;
    const text = script('a', 'return 2');
    const handle = await open(join(folder, 'a.yaml'), 'w');
    for (const letter of text.match(/[^]{1,20}/g)!) await handle.write(letter);
    await handle.close();
    await until(() => changes.length > seen);
    expect(inline('a')).toBe('return 2');
    expect(changes).toHaveLength(seen + 1);
    expect(problems).toEqual([]);
  });

  it('reads what is quiet, while another file is written without end', async () => {
    source = sourceWith(1_000);
    await source.start();
    const isOver = new AbortController();
    const writing = (async () => {
      while (!isOver.signal.aborted) {
        await write('b.yaml', script('b'));
        await new Promise((done) => setTimeout(done, 1));
      }
    })();
    await write('a.yaml', script('a'));
    await until(() => inline('a') === 'return 1');
    expect(inline('b')).toBeUndefined();
    isOver.abort();
    await writing;
    await until(() => inline('b') === 'return 1');
  });

  it('keeps going beside a broken file, and knows when it is well again', async () => {
    await write('a.yaml', script('a'));
    await source.start();
    await write('b.yaml', 'kind: [');
    await until(() => problems.length > 0);
    expect(describeProblem(problems[0]!)).toMatch(/^b\.yaml:1:\d+: /);
    expect(inline('a')).toBe('return 1');
    await write('b.yaml', script('b'));
    await until(() => problems.length === 0 && inline('b') !== undefined);
  });

  it('takes a script once, from the first file that names it', async () => {
    await write('b.yaml', script('same', 'return 2'));
    await write('a.yaml', script('same', 'return 1'));
    await source.start();
    expect(inline('same')).toBe('return 1');
    expect(problems.map(describeProblem)).toEqual([
      'b.yaml:3:19: metadata.name: default/same is defined already in a.yaml',
    ]);
    await rm(join(folder, 'a.yaml'));
    await until(() => inline('same') === 'return 2');
    expect(problems).toEqual([]);
  });

  it('holds a bounded number of scripts', async () => {
    await write('a.yaml', Array.from({ length: 1_002 }, (_, i) => script(`s${i}`)).join('---\n'));
    await source.start();
    expect(source.keys()).toHaveLength(1_000);
    expect(problems).toHaveLength(2);
  });

  it('reports what is no text, and what nobody can read', async () => {
    await writeFile(join(folder, 'a.yaml'), Buffer.from([0xc3, 0x28]));
    await mkdir(join(folder, 'dir.yaml'));
    await write('big.yaml', `# ${'x'.repeat(1_100_000)}`);
    await source.start();
    expect(problems.map(describeProblem).sort()).toEqual([
      'a.yaml: the file is not UTF-8',
      'big.yaml: the file is larger than 1 MiB',
    ]);
  });
});
