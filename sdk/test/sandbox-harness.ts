import { afterAll, afterEach } from 'vitest';
import {
  createSandbox,
  type CreateSandboxOptions,
  type RunResult,
  type Sandbox,
} from '../src/index.ts';
import { ownDaemon } from './harness.ts';

/** Sandboxes of a test file, on a daemon of its own. */
export function ownSandboxes() {
  const { socketPath, daemonPids } = ownDaemon();
  const sandboxes: Sandbox[] = [];
  const open = async (options: CreateSandboxOptions = {}): Promise<Sandbox> => {
    const sandbox = await createSandbox({ daemon: { socketPath }, ...options });
    sandboxes.push(sandbox);
    return sandbox;
  };
  const end = async () => {
    await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.dispose()));
  };
  afterEach(end);
  afterAll(end);
  return { open, socketPath, daemonPids };
}

/** What a run exported; a failure shows itself. */
export function exportsOf(result: RunResult): Record<string, unknown> {
  if (result.ok) return result.exports;
  throw new Error(`${result.error.code} ${result.error.name}: ${result.error.message}`);
}

/** The error of a run that did not go well. */
export function errorOf(result: RunResult) {
  if (!result.ok) return result.error;
  throw new Error(`it went well: ${JSON.stringify(result.exports)}`);
}
