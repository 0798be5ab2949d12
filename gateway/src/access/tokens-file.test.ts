import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../log.ts';
import type { CallerSource } from './caller.ts';
import { openTokensFile } from './tokens-file.ts';

let dir: string;
let source: CallerSource | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tokens-'));
});
afterEach(async () => {
  source?.close?.();
  source = undefined;
  await rm(dir, { recursive: true });
});

const FIRST = 'the-first-of-tokens';
const SECOND = 'the-second-of-tokens';
const listOf = (token: string) => JSON.stringify([{ name: 'ci', token, namespaces: ['home'] }]);
const find = async (token: string) => (await source!.find(token, '127.0.0.1'))?.subject;

/** Opens the file; `said` resolves with what is logged next. */
async function openFile(path: string) {
  const waiting: ((message: string) => void)[] = [];
  const log: Log = (level, message, details) =>
    waiting.splice(0).forEach((tell) => tell(`${level} ${message} ${JSON.stringify(details)}`));
  source = await openTokensFile({ path, lookMs: 5, log });
  return { said: () => new Promise<string>((resolve) => waiting.push(resolve)) };
}

/** As the kubelet mounts a Secret: the file leads to `..data`, which leads to a folder. */
async function mountSecret(name: string, text: string): Promise<void> {
  await mkdir(join(dir, name));
  await writeFile(join(dir, name, 'tokens'), text);
  await symlink(name, join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, '..data'));
}

/** All at once: a half-written file would be told about too. */
async function put(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

describe('the tokens file', () => {
  it('is read again when a mounted Secret is swapped', async () => {
    await mountSecret('..1', listOf(FIRST));
    await symlink('..data/tokens', join(dir, 'tokens'));
    const { said } = await openFile(join(dir, 'tokens'));
    expect(await find(FIRST)).toBe('token:ci');
    const told = said();
    await mountSecret('..2', listOf(SECOND));
    expect(await told).toMatch(/^info .*"tokens":1/);
    expect([await find(FIRST), await find(SECOND)]).toEqual([undefined, 'token:ci']);
  });

  it('keeps the tokens of before while it is broken or away, and says so without a token', async () => {
    const path = join(dir, 'tokens.yaml');
    await writeFile(path, listOf(FIRST));
    const { said } = await openFile(path);
    const broken = said();
    await put(path, listOf(SECOND).slice(0, -1));
    expect(await broken).toMatch(/^error .*stay valid.*line 1/);
    expect(await broken).not.toContain('second');
    expect(await find(FIRST)).toBe('token:ci');
    const away = said();
    await rm(path);
    expect(await away).toContain('ENOENT');
    expect(await find(FIRST)).toBe('token:ci');
    const back = said();
    await put(path, '[]');
    expect(await back).toContain('"tokens":0');
    expect(await find(FIRST)).toBeUndefined();
  });

  it('has to be there and right at the start', async () => {
    const path = join(dir, 'tokens.yaml');
    const opening = () => openTokensFile({ path, log: () => {} });
    await expect(opening()).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('COFFERDAM_TOKENS_FILE'),
    });
    await writeFile(path, '{}');
    await expect(opening()).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await writeFile(path, ' '.repeat(1024 * 1024 + 1));
    await expect(opening()).rejects.toMatchObject({ message: expect.stringContaining('1 MiB') });
  });
});
