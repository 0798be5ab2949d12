import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, sep } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CofferdamProcess, descendants, isRunning } from './cofferdam-process.ts';

const isOurs = (folder: string) => folder.includes(`${sep}node_modules${sep}`);
/** What a user's shell has: none of the programs that this project installs for itself, such as its Node. */
const PATH = process.env.PATH!.split(delimiter).filter((folder) => !isOurs(folder));

it('`npm start` runs the examples and answers the README’s first request, on whatever Node there is', async () => {
  const home = await mkdtemp(join(tmpdir(), 'start-'));
  const args = ['start', '--', '--port', '0', '--data-dir', join(home, 'data'), '--plain'];
  const env = { PATH: PATH.join(delimiter), HOME: home, TMPDIR: home };
  const started = new CofferdamProcess(args, env, ['npm']);
  onTestFinished(async () => {
    started.kill('SIGTERM');
    await started.exited;
    await rm(home, { recursive: true, force: true });
  });
  const [url] = /http:\S+/.exec(await started.line(/^API /))!;
  const response = await fetch(`${url}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: 'return 6 * 7' }),
  });
  expect(await response.json()).toMatchObject({ success: true, result: 42 });
  await started.line(/examples\/\S+ Completed/);
  const all = await descendants(started.pid);
  // As a service manager ends it: npm alone is told.
  started.kill('SIGTERM');
  await started.exited;
  const left = async () => (await Promise.all(all.map(isRunning))).filter(Boolean);
  await expect.poll(left).toEqual([]);
}, 60_000);
