import type { TestProject } from 'vitest/node';
import { engineWithImage } from '../../e2e/docker/rig.ts';

/** One Docker engine for all suites of a run, where their target needs one. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | void> {
  const target = process.env.COFFERDAM_ATTACK_TARGET ?? 'process';
  if (target === 'process') return;
  const engine = await engineWithImage();
  // Where there is gVisor it is used: without it --allow-runc has its say.
  if (target === 'runc') await engine.setRuntimes({});
  project.provide('dockerHost', engine.host);
  return async () => engine[Symbol.asyncDispose]();
}
