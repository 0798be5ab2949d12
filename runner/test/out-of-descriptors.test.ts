import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const FIXTURE = new URL('./fixtures/out-of-descriptors.ts', import.meta.url);

it('a runner that is out of file descriptors says so, and serves again when it has some', async () => {
  const script = `ulimit -n 64; exec "$0" "$1"`;
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    script,
    process.execPath,
    FIXTURE.pathname,
  ]);
  expect(JSON.parse(stdout)).toEqual(['Completed', 'UNAVAILABLE', 'Completed']);
});
