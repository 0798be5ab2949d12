import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { SharedFolder } from './shared-folder.ts';

let around: string;
let folder: SharedFolder;
beforeEach(async () => {
  around = await mkdtemp(join(tmpdir(), 'shared-'));
  await mkdir(join(around, 'runners'), { mode: 0o700 });
  folder = new SharedFolder(join(around, 'runners'));
  return () => rm(around, { recursive: true });
});

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

it('lets a container’s user in, which nobody gets to by its path', async () => {
  const socket = join(folder.path, 'gateway.sock');
  await writeFile(socket, '', { mode: 0o600 });
  await folder.open();
  await folder.share(socket);
  expect(await modeOf(around)).toBe(0o700);
  expect(await modeOf(folder.path)).toBe(0o711);
  expect(await modeOf(socket)).toBe(0o666);
  expect(folder.inside(socket)).toBe('/run/cofferdam/gateway.sock');
  expect(folder.mount).toMatchObject({ Source: folder.path, ReadOnly: true });
});

it.each([0o711, 0o750, 0o701, 0o777])('is not opened in a folder of mode %o', async (mode) => {
  await chmod(around, mode);
  await expect(folder.open()).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  expect(await modeOf(folder.path)).toBe(0o700);
});
