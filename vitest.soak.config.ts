import { defineConfig } from 'vitest/config';

/** Tests that need minutes, one file at a time: `npm run soak:sdk` runs the library's. */
export default defineConfig({
  test: {
    include: ['*/test/**/*.soak.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
