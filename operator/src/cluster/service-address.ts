import { CofferdamError } from '@cofferdam/protocol';
import { services, type KubernetesClient, type ObjectKey } from '../kubernetes/index.ts';

/** Where a Service is without a name having to be looked up: `address:port`. */
export async function serviceAddress(
  client: KubernetesClient,
  key: ObjectKey,
  port: number,
): Promise<string> {
  const { spec } = await client.get(services, key);
  const { clusterIP } = spec;
  if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None') {
    throw new CofferdamError('INVALID_CONFIG', `the Service ${key.name} has no cluster IP`);
  }
  return clusterIP.includes(':') ? `[${clusterIP}]:${port}` : `${clusterIP}:${port}`;
}
