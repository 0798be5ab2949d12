import { pathToFileURL } from 'node:url';
import { V8Sandbox, type V8SandboxOptions } from 'cofferdam';
import type { HostDefaults } from './defaults.ts';

/** The program of a host script's process: `V8Sandbox` as a global, then the script. */
const [, , script = '', text = '{}'] = process.argv;
const { verbose, ...defaults } = JSON.parse(text) as HostDefaults;
const log = verbose ? (line: string) => console.error(`[cofferdam] ${line}`) : () => {};

class HostSandbox extends V8Sandbox {
  constructor(options: V8SandboxOptions = {}) {
    super({ ...defaults, log, ...options });
    const { threads, cpuLimitMs, memoryLimitMb } = { ...defaults, ...options };
    log(`sandbox: ${threads} threads, CPU ${cpuLimitMs} ms, memory ${memoryLimitMb || 512} MiB`);
  }
}
Object.defineProperty(HostSandbox, 'name', { value: 'V8Sandbox' });
Object.defineProperty(globalThis, 'V8Sandbox', {
  value: HostSandbox,
  writable: true,
  configurable: true,
});
process.argv.splice(1, Infinity, script);
await import(pathToFileURL(script).href);
