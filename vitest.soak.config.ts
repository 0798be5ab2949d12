import { defineConfig } from 'vitest/config';
import { patient } from './vitest.shared.ts';

/** Tests that need minutes, one file at a time: `npm run soak:sdk` runs the library's. */
export default defineConfig({
  test: {
    ...patient,
    include: ['*/test/**/*.soak.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
