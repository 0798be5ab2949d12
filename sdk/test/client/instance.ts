import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));

export interface Instance extends AsyncDisposable {
  url: string;
}

/** A real `cofferdam up` with these scripts (name to source), and what it takes to end it. */
export async function startInstance(
  scripts: Record<string, string> = {},
  env: Record<string, string> = {},
): Promise<Instance> {
  const home = await mkdtemp(join(tmpdir(), 'client-'));
  const folder = join(home, 'scripts');
  await mkdir(folder);
  const files = Object.entries(scripts).map(([name, source]) =>
    writeFile(join(folder, `${name}.yaml`), scriptText(name, source)),
  );
  await Promise.all(files);
  const args = ['up', folder, '--port', '0', '--data-dir', join(home, 'data'), '--plain'];
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, TMPDIR: home, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  return {
    url: await addressIn(child.stdout),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await rm(home, { recursive: true });
    },
  };
}

async function addressIn(output: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface(output);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Read to its end, or the process would block on a full pipe.
  lines.on('line', (line) => {
    const url = /^API .*?(http:\S+)/.exec(line)?.[1];
    if (url !== undefined) resolve(url);
  });
  lines.on('close', () => reject(new Error('it ended before it listened')));
  return promise;
}

const scriptText = (name: string, source: string) =>
  JSON.stringify({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxScript',
    metadata: { name },
    spec: { preset: 'compute', source: { inline: source }, limits: { wallTime: '20s' } },
  });
