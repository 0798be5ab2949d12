import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CofferdamProcess } from './cofferdam-process.ts';

let home: string;
let up: CofferdamProcess;
let url: URL;

const check = (name: string, namespace: string, host: string, port: number) =>
  `apiVersion: cofferdam.dev/v1alpha1
kind: SandboxScript
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  schedule: { every: 1s }
  permissions: { net: [{ host: ${host}, ports: [${port}] }] }
  source:
    inline: |
      return await (await fetch('http://${host}:${port}/api/health')).json();
`;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'demo-'));
  const folder = join(home, 'examples');
  await mkdir(folder);
  await writeFile(join(folder, 'a.yaml'), check('mine', 'examples', 'demo', 80));
  await writeFile(join(folder, 'b.yaml'), check('other', 'default', 'demo', 80));
  const args = ['up', folder, '--port', '0', '--data-dir', join(home, 'data'), '--plain'];
  up = new CofferdamProcess(args, { TMPDIR: home });
  url = new URL(/http:\S+/.exec(await up.line(/^API /))![0]);
  await writeFile(
    join(folder, 'c.yaml'),
    check('gateway', 'examples', '127.0.0.1', Number(url.port)),
  );
}, 60_000);

afterAll(async () => {
  up.kill('SIGTERM');
  await up.exited;
  await rm(home, { recursive: true, force: true });
}, 60_000);

describe('the demo service', { timeout: 60_000 }, () => {
  it('is reached by scripts of the examples', async () => {
    expect(await up.line(/examples\/mine (Completed|Exception)/)).toMatch(/"status":"ok"/);
  });

  it('is reached by no other namespace', async () => {
    expect(await up.line(/default\/other (Completed|Exception)/)).toMatch(/may not reach/);
  });

  it('is not reached by who asks over HTTP', async () => {
    const response = await fetch(new URL('/execute', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        code: "return (await fetch('http://demo/api/health')).status",
        preset: 'agent',
        permissions: { net: [{ host: 'demo', ports: [80] }] },
      }),
    });
    const { success, error } = (await response.json()) as {
      success: boolean;
      error: { message: string };
    };
    expect([success, error.message]).toEqual([false, expect.stringMatching(/may not reach/)]);
  });

  it('opens no way to what else listens on this machine', async () => {
    expect(await up.line(/examples\/gateway (Completed|Exception)/)).toMatch(/may not reach/);
  });
});
