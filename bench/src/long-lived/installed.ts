import { setTimeout as sleep } from 'node:timers/promises';
import { Installation } from '../cases/cofferdam.ts';

const POLL_MS = 50;
const READY_WITHIN_MS = 60_000;

/** `cofferdam up` with scripts of mode server, by name. */
export interface Installed {
  /** Where a script answers, without a slash at its end. */
  address(name: string): string;
  stop(): Promise<void>;
}

/** Starts it and waits until all scripts may be asked; none has been asked then. */
export async function install(scripts: Readonly<Record<string, string>>): Promise<Installed> {
  const files = Object.entries(scripts).map(([name, code]) => [`${name}.yaml`, file(name, code)]);
  const installation = await Installation.start(Object.fromEntries(files));
  try {
    await untilReady(installation.url, Object.keys(scripts).length);
  } catch (error) {
    await installation.stop();
    throw error;
  }
  return {
    address: (name) => `${installation.url}/v1/namespaces/default/scripts/${name}/server`,
    stop: () => installation.stop(),
  };
}

/** JSON is YAML. */
function file(name: string, inline: string): string {
  return JSON.stringify({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxScript',
    metadata: { name, namespace: 'default' },
    spec: { mode: 'server', source: { inline } },
  });
}

interface Listed {
  scripts: { status?: { conditions?: { type: string; status: string }[] } }[];
}

async function untilReady(url: string, count: number): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  let ready = 0;
  while (ready < count) {
    if (performance.now() > until) throw new Error(`${ready} of ${count} scripts are ready`);
    // eslint-disable-next-line no-await-in-loop -- asked again and again
    await sleep(POLL_MS);
    // eslint-disable-next-line no-await-in-loop
    const { scripts } = (await (await fetch(`${url}/v1/scripts`)).json()) as Listed;
    ready = scripts.filter(isReady).length;
  }
}

function isReady({ status }: Listed['scripts'][number]): boolean {
  return (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
}
