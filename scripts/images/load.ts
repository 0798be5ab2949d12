import { run } from './command.ts';

/** Imports an archive: into `docker`, `k3s`, or `containerd` with its socket's path after a colon. */
export async function load(archive: string, into: string): Promise<void> {
  const [kind, address] = into.split(/:(.*)/s);
  if (kind === 'docker') await run('docker', ['load', '--quiet', '--input', archive]);
  else if (kind === 'k3s') await run('k3s', ['ctr', ...IMPORT, archive]);
  else if (kind === 'containerd') {
    await run('ctr', [...(address ? ['--address', address] : []), ...IMPORT, archive]);
  } else throw new Error(`cannot load into '${into}': docker, k3s or containerd:<socket>`);
}

/** The kubelet looks for images in this namespace alone. */
const IMPORT = ['--namespace', 'k8s.io', 'images', 'import'];
