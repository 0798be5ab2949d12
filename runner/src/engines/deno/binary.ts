import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The `deno` package's binary; where its install script did not run, its platform package's. */
export function installedDeno(): string {
  const manifest = fileURLToPath(import.meta.resolve('deno/package.json'));
  const linked = join(dirname(manifest), 'deno');
  if (existsSync(linked)) return linked;
  const installer = createRequire(manifest)('./install_api.cjs') as { runInstall(): string };
  return installer.runInstall();
}
