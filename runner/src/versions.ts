import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What executes guest code, by version: what an operator compares with security advisories. */
export function versions(): Record<'node' | 'v8' | 'deno' | 'isolatedVm', string> {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    deno: packageVersion('deno'),
    isolatedVm: packageVersion('isolated-vm'),
  };
}

function packageVersion(name: string): string {
  return (require(`${name}/package.json`) as { version: string }).version;
}
