import { watch as watchFolder } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../command.ts';
import { permissions } from './permissions.ts';
import type { AddressedPod, Namespace, NetworkPolicy, Pod } from './resources.ts';
import { ruleset } from './ruleset.ts';
import { watch } from './watch.ts';

// usage: main.ts FOLDER PODS     Enforces NetworkPolicies on this machine's pods, whose range is PODS. The CNI plugin
// `policy` writes each new pod's address into FOLDER and holds the pod back until a file beside it says it is enforced.
const [folder = '', podRange = ''] = process.argv.slice(2);

interface Notice {
  readonly file: string;
  readonly uid: string;
  readonly address: string;
}

const policies = watch<NetworkPolicy>('/apis/networking.k8s.io/v1/networkpolicies', changed);
const pods = watch<Pod>('/api/v1/pods', changed);
const namespaces = watch<Namespace>('/api/v1/namespaces', changed);
watchFolder(folder, changed);

let applied: string | undefined;
let busy = false;
let again = false;

function changed(): void {
  again = true;
  if (!busy) void applyWhileChanged();
}

async function applyWhileChanged(): Promise<void> {
  busy = true;
  while (again) {
    again = false;
    await apply().catch(retry);
  }
  busy = false;
}

/** Until it succeeds the last rules stay in force, and new pods are held back. */
async function retry(error: unknown): Promise<void> {
  process.stderr.write(`${String(error)}\n`);
  await sleep(500);
  again = true;
}

async function apply(): Promise<void> {
  const known = pods.current;
  if (known === undefined || policies.current === undefined || namespaces.current === undefined)
    return;
  const files = await readdir(folder);
  const notices = await readNotices(files);
  const addressed = notices.flatMap(({ uid, address }): AddressedPod[] => {
    const pod = known.get(uid);
    return pod === undefined ? [] : [{ address, pod }];
  });
  const state = {
    pods: addressed,
    namespaces: [...namespaces.current.values()],
    policies: [...policies.current.values()],
  };
  const text = ruleset(podRange, permissions(state));
  if (text !== applied) await run('nft', ['-f', '-'], { input: text });
  applied = text;
  for (const { file, uid } of notices) {
    const answer = `${file}.applied`;
    if (known.has(uid) && !files.includes(answer)) await writeFile(path.join(folder, answer), '');
  }
}

async function readNotices(files: readonly string[]): Promise<Notice[]> {
  const found = files
    .filter((name) => name.endsWith('.json'))
    .map(async (name): Promise<Notice[]> => {
      // A pod may go while its notice is read.
      const text = await readFile(path.join(folder, name), 'utf8').catch(() => undefined);
      if (text === undefined) return [];
      return [{ ...(JSON.parse(text) as Notice), file: name.slice(0, -'.json'.length) }];
    });
  return (await Promise.all(found)).flat();
}
