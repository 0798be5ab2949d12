import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkTests } from './checks.ts';
import { Client } from './client.ts';
import { egressTests } from './egress.ts';
import {
  embedderEndTests,
  embedderKindTests,
  embedderSessionTests,
  embedderTests,
} from './embedders.ts';
import type { DriverInstance } from './instance.ts';
import { killTests } from './kills.ts';
import { limitTests } from './limits.ts';
import { runTests } from './runs.ts';
import { serverEndTests, serverTests } from './servers.ts';
import { tenantTests } from './tenants.ts';

/** A pod or a container may have to start within a test, and what is killed starts later each time. */
const TEST_MS = 90_000;
const START_MS = 180_000;

/** What every driver must do alike. The instance is this suite's own: it kills and ends it. */
export function driverConformance(start: () => Promise<DriverInstance>): void {
  let instance: DriverInstance | undefined;
  let client: Client;
  beforeAll(async () => {
    instance = await start();
    client = new Client(instance);
    await vi.waitUntil(async () => (await client.get('/health')).body.ok, { timeout: START_MS });
  }, START_MS);
  afterAll(() => instance?.stop(), START_MS);
  const on = () => client;

  describe('runs', { timeout: TEST_MS }, () => void runTests(on));
  describe('limits', { timeout: TEST_MS }, () => void limitTests(on));
  describe('the way out', { timeout: TEST_MS }, () => void egressTests(on));
  describe('tenants', { timeout: TEST_MS }, () => void tenantTests(on));
  describe('checks', { timeout: TEST_MS }, () => void checkTests(on));
  describe('app servers', { timeout: TEST_MS }, () => {
    // A server that is replaced may leave its tenant with two runners; others here count on one.
    serverTests(() => client.as('ash'));
    serverEndTests(() => client.as('birch'));
  });
  describe('embedders', { timeout: TEST_MS }, () => {
    embedderTests(on);
    embedderKindTests(on);
    embedderSessionTests(on);
    embedderEndTests(on);
  });
  describe('ends', { timeout: TEST_MS }, () => void killTests(on));
  describe('the end of the instance', { timeout: TEST_MS }, () => {
    it('leaves nothing, whatever goes on', async () => {
      await client.expectServed();
      const loop = client.run('deno', { code: 'for (;;);', timeout: 30_000 });
      await client.whenActive('deno', 1);
      const ending = instance!;
      instance = undefined;
      await ending.stop();
      expect((await loop).body.error).toMatchObject({ blame: 'system', retry: true });
      expect(await ending.leftovers()).toEqual([]);
    });
  });
}
