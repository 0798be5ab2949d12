import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SecretFolder } from './secret-folder.ts';

async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-secrets-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) await put(folder, file, text);
  return folder;
}

async function put(folder: string, file: string, text: string): Promise<void> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** The folder, and what is called at its next change. */
async function started(folder: string) {
  let next = Promise.withResolvers<void>();
  const secrets = new SecretFolder({
    ...{ folder, settleMs: 20 },
    onChange: () => {
      next.resolve();
      next = Promise.withResolvers();
    },
  });
  onTestFinished(() => secrets.close());
  await secrets.start();
  return { secrets, changed: () => next.promise };
}

const secret = (namespace: string, name: string) => ({ kind: 'Secret' as const, namespace, name });

describe('a folder of Secrets', () => {
  it('has the value of each key in a file', async () => {
    const folder = await folderOf({
      'home/ha/token': 'one',
      'home/ha/b': 'two',
      'lab/ha/token': 'x',
    });
    const { secrets } = await started(folder);
    expect(secrets.data(secret('home', 'ha'))).toEqual({ token: 'one', b: 'two' });
    expect(secrets.data(secret('lab', 'ha'))).toEqual({ token: 'x' });
    expect(secrets.data(secret('home', 'none'))).toBeUndefined();
    expect(secrets.data({ ...secret('home', 'ha'), kind: 'ConfigMap' })).toBeUndefined();
  });

  it('leaves out what is no such file', async () => {
    const folder = await folderOf({
      stray: 's',
      'home/stray': 's',
      'home/ha/.hidden': 's',
      'home/ha/x/y': 's',
    });
    execFileSync('mkfifo', [join(folder, 'home/ha/pipe')]);
    const { secrets } = await started(folder);
    expect(secrets.data(secret('home', 'ha'))).toBeUndefined();
    expect(secrets.data(secret('..', 'home'))).toBeUndefined();
  });

  it('notices what is new, other and gone', async () => {
    const folder = await folderOf({ 'home/ha/token': 'one' });
    const { secrets, changed } = await started(folder);
    let change = changed();
    await put(folder, 'home/.new', 'two');
    await rename(join(folder, 'home/.new'), join(folder, 'home/ha/token'));
    await change;
    expect(secrets.data(secret('home', 'ha'))).toEqual({ token: 'two' });
    change = changed();
    await rm(join(folder, 'home/ha'), { recursive: true });
    await change;
    expect(secrets.data(secret('home', 'ha'))).toBeUndefined();
  });

  it('is not one that every user may enter', async () => {
    const folder = await folderOf({ 'home/ha/token': 'one' });
    await chmod(folder, 0o755);
    await expect(started(folder)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('is open to every user') as string,
    });
    await expect(started(join(folder, 'none'))).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });
});
