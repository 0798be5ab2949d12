import { defineConfig } from 'vitest/config';
import { patient } from './vitest.shared.ts';

export default defineConfig({
  test: {
    ...patient,
    include: [
      '*/src/**/*.test.ts',
      '*/test/**/*.test.ts',
      'scripts/*.test.ts',
      'attack/*/*.test.ts',
      'e2e/cluster/policy/*.test.ts',
    ],
    exclude: [
      '**/node_modules/**',
      // Run on their own: they need minutes, or a machine to themselves.
      '**/*.attack.test.ts',
      '**/*.soak.test.ts',
      'bench/**',
    ],
    // Real processes are started and ended by the tests; a worker thread would share its signals.
    pool: 'forks',
    // Two cores: more workers only make every timeout a matter of luck.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    restoreMocks: true,
  },
});
