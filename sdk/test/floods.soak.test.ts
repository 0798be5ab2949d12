import { describe, expect, it } from 'vitest';
import type { HostCallContext } from '../src/index.ts';
import { expectBounded, floods } from './flood-rig.ts';

const { flood } = floods();
const MINUTES = 60_000;

describe('a guest that floods its host for long with', () => {
  it(
    'a million calls without waiting has most of them refused',
    async () => {
      let calls = 0;
      const { outcome, grown } = await flood(
        `let refused = 0, kept = 0;
       for (let i = 0; i < 1e6; i++) {
         try { count(i).then(() => kept++, () => refused++) } catch { refused++ }
       }
       while (kept + refused < 1e6) await new Promise((done) => setTimeout(done, 10));
       export default [kept, refused];`,
        { tools: { count: () => void calls++ } },
        { executionTimeout: MINUTES, memoryLimitMB: 512 },
      );
      expectBounded(grown);
      if ('value' in outcome) {
        const [kept, refused] = outcome.value as [number, number];
        expect(kept).toBe(calls);
        expect(refused).toBeGreaterThan(900_000);
      } else expect(outcome.error.code).toMatch(/EXCEEDED/);
    },
    3 * MINUTES,
  );

  it(
    '100,000 requests has 64 open and the others refused',
    async () => {
      let open = 0;
      const signals: AbortSignal[] = [];
      const fetch = (_request: Request, { signal }: HostCallContext) => {
        open++;
        signals.push(signal);
        return new Promise<never>(() => {});
      };
      const { runtime, outcome, grown } = await flood(
        `let refused = 0;
       for (let i = 0; i < 1e5; i++) {
         fetch('http://a.test/' + i).catch(() => refused++);
         if (i % 1_000 === 0) await new Promise((done) => setTimeout(done));
       }
       while (refused < 1e5 - 64) await new Promise((done) => setTimeout(done, 10));
       export default refused;`,
        { fetch },
        { executionTimeout: 2 * MINUTES, memoryLimitMB: 512 },
      );
      if ('value' in outcome) expect(outcome.value).toBe(1e5 - 64);
      else expect(outcome.error.code).toMatch(/EXCEEDED/);
      expect(open).toBeLessThanOrEqual(64);
      expectBounded(grown);
      await runtime.dispose();
      expect(signals.every(({ aborted }) => aborted)).toBe(true);
    },
    3 * MINUTES,
  );
});
