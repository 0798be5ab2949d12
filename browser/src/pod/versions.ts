import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const execute = promisify(execFile);
const WITHIN_MS = 10_000;
const MAX_TEXT = 64;

/** What executes pages, by version: what an operator compares with security advisories. */
export async function versions(chromium: string): Promise<Record<string, string>> {
  const { version } = require('playwright-core/package.json') as { version: string };
  return {
    node: process.versions.node,
    chromium: await versionOf(chromium),
    playwright: version,
  };
}

/** `Chromium 156.0.8078.79 built on Debian …`; a program that does not start is found by the probe. */
async function versionOf(program: string): Promise<string> {
  const said = await execute(program, ['--version'], { timeout: WITHIN_MS }).catch(() => undefined);
  return /[0-9]+(?:\.[0-9]+)+/.exec(said?.stdout ?? '')?.[0].slice(0, MAX_TEXT) ?? 'unknown';
}
