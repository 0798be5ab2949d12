import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

/**
 * The default: one for each user, version and daemon's script, so that embedders of one installation
 * share a daemon and those of another one do not.
 */
export function defaultSocketPath(
  entrypoint: string,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const { XDG_RUNTIME_DIR: runtimeFolder } = environment;
  const folder = runtimeFolder?.startsWith('/')
    ? join(runtimeFolder, 'cofferdam')
    : join(tmpdir(), `cofferdam-${process.geteuid!()}`);
  const which = createHash('sha256').update(entrypoint).digest('hex').slice(0, 8);
  return join(folder, `isolate-${manifest.version}-${which}.sock`);
}
