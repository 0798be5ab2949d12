import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readRunnerConfig } from './config.ts';

const ADDRESSES = { COFFERDAM_GATEWAY: '/run/gateway.sock', COFFERDAM_EGRESS: 'egress:5911' };
const TOKEN = 'a-token-of-some-length';

describe('the join token', () => {
  let file: string;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'config-'));
    file = join(folder, 'token');
    return () => rm(folder, { recursive: true });
  });
  const read = (more: NodeJS.ProcessEnv) => readRunnerConfig({ ...ADDRESSES, ...more });
  const refusal = expect.objectContaining({ code: 'INVALID_CONFIG' });

  it('comes from the environment or from a file', async () => {
    await writeFile(file, `${TOKEN}\n`);
    expect(read({ COFFERDAM_JOIN_TOKEN: TOKEN }).joinToken).toBe(TOKEN);
    expect(read({ COFFERDAM_JOIN_TOKEN_FILE: file }).joinToken).toBe(TOKEN);
  });

  it('is needed, and as long in a file as elsewhere', async () => {
    await writeFile(file, 'short');
    expect(() => read({})).toThrow(refusal);
    expect(() => read({ COFFERDAM_JOIN_TOKEN_FILE: file })).toThrow(refusal);
    expect(() => read({ COFFERDAM_JOIN_TOKEN_FILE: `${file}.not` })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('ENOENT') }),
    );
  });
});
