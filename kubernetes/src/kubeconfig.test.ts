import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connect } from './client.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'cofferdam-kubeconfig-'))));
afterAll(() => rm(folder, { recursive: true }));

async function kubeconfig(server: string): Promise<string> {
  const path = join(folder, 'config');
  const text = {
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 'secret' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  await writeFile(path, JSON.stringify(text));
  return path;
}

describe('connect', () => {
  it.each(['http://127.0.0.1:8001', 'nowhere'])('sends no credentials to %s', async (server) => {
    const options = { kubeconfig: await kubeconfig(server), userAgent: 'test' };
    await expect(connect(options)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
  });

  it('refuses where no cluster is configured, and where the file is none', async () => {
    vi.stubEnv('KUBECONFIG', undefined);
    vi.stubEnv('KUBERNETES_SERVICE_HOST', undefined);
    await expect(connect({ userAgent: 'test' })).rejects.toThrow('no cluster is configured');
    vi.stubEnv('KUBECONFIG', join(folder, 'missing'));
    await expect(connect({ userAgent: 'test' })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    vi.unstubAllEnvs();
  });
});
