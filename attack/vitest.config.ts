import { defineConfig } from 'vitest/config';
import { patient } from '../vitest.shared.ts';

/** `npm run attack`: the suites one after another, as their figures would be worth nothing side by side. */
export default defineConfig({
  test: {
    ...patient,
    root: import.meta.dirname,
    include: ['*/*.test.ts'],
    globalSetup: ['./src/docker.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
});
