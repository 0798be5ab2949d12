import type { Installation } from './installation.ts';

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
}

/** A resource as the API server has it. */
// eslint-disable-next-line typescript/no-explicit-any -- tests look into resources of every kind
export async function read(installation: Installation, ...what: string[]): Promise<any> {
  return JSON.parse(await installation.kubectl('get', ...what, '-o', 'json'));
}

/** `True Compiled`: what a condition of a resource says. */
export async function condition(
  installation: Installation,
  type: string,
  ...what: string[]
): Promise<string> {
  const found = await conditionOf(installation, type, ...what);
  return found ? `${found.status} ${found.reason}` : 'absent';
}

export async function conditionOf(
  installation: Installation,
  type: string,
  ...what: string[]
): Promise<Condition | undefined> {
  const { status } = await read(installation, ...what);
  return (status?.conditions as Condition[] | undefined)?.find((one) => one.type === type);
}

/** A SandboxScript as YAML. */
export function script(name: string, spec: object, namespace = 'home'): string {
  return JSON.stringify({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxScript',
    metadata: { name, namespace },
    spec,
  });
}

/** A SandboxPool as YAML. */
export function pool(name: string, spec: object = {}): string {
  return JSON.stringify({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxPool',
    metadata: { name },
    spec: { warm: { minimum: 0, spare: 1, maximum: 4 }, ...spec },
  });
}
