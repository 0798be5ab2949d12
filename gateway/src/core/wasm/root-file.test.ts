import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_WASM_BYTES } from '@cofferdam/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRootFile } from './root-file.ts';

let dir: string;
let root: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cofferdam-'));
  root = join(dir, 'root');
  await mkdir(join(root, 'inner'), { recursive: true });
  await writeFile(join(dir, 'secret.wasm'), 'secret');
  await writeFile(join(dir, 'root-other.wasm'), 'secret');
  await writeFile(join(root, 'inner', 'a.wasm'), 'module');
  await symlink(join(dir, 'secret.wasm'), join(root, 'link.wasm'));
  await symlink(dir, join(root, 'up'));
  await symlink(join(root, 'inner', 'a.wasm'), join(root, 'alias.wasm'));
  await writeFile(join(root, 'large.wasm'), '');
  await truncate(join(root, 'large.wasm'), MAX_WASM_BYTES + 1);
  execFileSync('mkfifo', [join(root, 'pipe')]);
});
afterAll(() => rm(dir, { recursive: true }));

describe('a file under the root', () => {
  it('is read, also by its full path or a link that stays inside', async () => {
    for (const file of [
      'inner/a.wasm',
      join(root, 'inner/a.wasm'),
      'alias.wasm',
      'inner/../inner/a.wasm',
    ]) {
      expect((await readRootFile(root, file)).toString()).toBe('module');
    }
  });

  const OUTSIDE = [
    '../secret.wasm',
    'inner/../../secret.wasm',
    'link.wasm',
    'up/secret.wasm',
    '../root-other.wasm',
    '/etc/passwd',
    '/proc/self/environ',
    'missing.wasm',
    'inner',
    '.',
    '',
    'pipe',
    'inner/a.wasm\0.txt',
    'a/'.repeat(2000),
  ];
  for (const file of OUTSIDE) {
    it(`is refused with one message: ${JSON.stringify(file.slice(0, 40))}`, async () => {
      await expect(readRootFile(root, file)).rejects.toMatchObject({
        code: 'WASM_FILE_REFUSED',
        message: 'The file is not under the configured WebAssembly root.',
      });
    });
  }

  it('is refused when it is too large', async () => {
    await expect(readRootFile(root, 'large.wasm')).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
    });
  });

  it('is refused where no root is configured', async () => {
    await expect(readRootFile(undefined, 'inner/a.wasm')).rejects.toMatchObject({
      code: 'WASM_FILE_REFUSED',
    });
  });
});
