import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { instanceId } from './instance-id.ts';

let home: string;
let folder: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'instance-'));
  folder = await mkdtemp(join(home, 'data-'));
  return () => rm(home, { recursive: true });
});

it('is the same at each start, and no other folder’s', async () => {
  const id = await instanceId(folder);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(await instanceId(folder)).toBe(id);
  expect(await instanceId(await mkdtemp(join(home, 'data-')))).not.toBe(id);
  expect((await stat(join(folder, 'docker-instance'))).mode & 0o777).toBe(0o600);
});

it('is the same by another path, and not a copy’s', async () => {
  const id = await instanceId(folder);
  await symlink(folder, join(home, 'link'));
  expect(await instanceId(join(home, 'link'))).toBe(id);
  await cp(folder, join(home, 'copy'), { recursive: true });
  expect(await instanceId(join(home, 'copy'))).not.toBe(id);
});

it('is a new one where the file is spoilt', async () => {
  const file = join(folder, 'docker-instance');
  await writeFile(file, 'x'.repeat(10_000));
  await instanceId(folder);
  expect(await readFile(file, 'utf8')).toMatch(/^[0-9a-f-]{36}\n$/);
});
