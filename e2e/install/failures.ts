import { join } from 'node:path';
import { afterEach } from 'vitest';
import { FAILURES, type Installation } from './installation.ts';

/** After each test that fails, logs, events and resources are left in a folder named after it. */
export function dumpFailures(app: () => Installation): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const folder = task.name.replaceAll(/\W+/g, '-').slice(0, 60);
    await app().cluster.dumpDiagnostics(join(FAILURES, folder));
  });
}
