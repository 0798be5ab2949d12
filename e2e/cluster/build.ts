import { homedir } from 'node:os';
import path from 'node:path';
import { run } from './command.ts';

/** Where `build.sh` puts what it builds, unless it is told otherwise; the same rule as there. */
export function buildFolder(env: NodeJS.ProcessEnv = process.env): string {
  const cache =
    env['COFFERDAM_CACHE'] ??
    path.join(env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'cofferdam');
  return path.resolve(env['COFFERDAM_CLUSTER_BUILD'] ?? path.join(cache, 'cluster'));
}

export function script(name: string): string {
  return path.join(import.meta.dirname, name);
}

/** Builds what is missing: minutes the first time, a moment after that. */
export async function build(): Promise<string> {
  const folder = buildFolder();
  await run(script('build.sh'), [folder]);
  return folder;
}

/** An environment in which kubectl, helm and ctr are those that were built. */
export function environment(folder: string): NodeJS.ProcessEnv {
  const searched = [path.join(folder, 'bin'), process.env['PATH'], '/usr/sbin', '/sbin'];
  return { ...process.env, PATH: searched.join(':') };
}
