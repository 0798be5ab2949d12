import { defineConfig } from 'vitest/config';
import { patient } from '../vitest.shared.ts';

/** Against a real API server: minutes, so `npm run e2e` runs them and `npm test` does not. */
export default defineConfig({
  test: {
    ...patient,
    root: import.meta.dirname,
    include: [
      'attack/*.test.ts',
      'cluster/test/*.test.ts',
      'docker/*.test.ts',
      'install/*.test.ts',
      'kubernetes/**/*.test.ts',
      'package/*.test.ts',
    ],
    globalSetup: ['./prepare.ts'],
    pool: 'forks',
    // Each file starts etcd and an API server: one at a time on two cores.
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
