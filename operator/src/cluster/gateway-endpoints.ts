import type { GatewayEndpoint } from '../gateways/gateways.ts';
import {
  endpointSlices,
  ResourceCache,
  type EndpointSlice,
  type KubernetesClient,
} from '../kubernetes/index.ts';

export interface GatewayEndpointsOptions {
  client: KubernetesClient;
  namespace: string;
  /** The headless Service of the gateways' private port. */
  service: string;
  onChange: (endpoints: GatewayEndpoint[]) => void;
  onError: (error: unknown) => void;
}

/** Follows which gateways there are, ready or not. */
export class GatewayEndpoints {
  readonly #cache: ResourceCache<EndpointSlice>;

  constructor({ client, namespace, service, onChange, onError }: GatewayEndpointsOptions) {
    this.#cache = new ResourceCache({
      client,
      resource: endpointSlices,
      namespaces: [namespace],
      labelSelector: `kubernetes.io/service-name=${service}`,
      onChange: () => onChange(this.#cache.list().flatMap(endpointsOf)),
      onError,
    });
  }

  close(): Promise<void> {
    return this.#cache.close();
  }
}

/** One that is terminating still has runs under way, and runners. */
function endpointsOf({ endpoints, ports = [] }: EndpointSlice): GatewayEndpoint[] {
  const port = ports[0]?.port;
  if (port === undefined) return [];
  return (endpoints ?? []).flatMap(({ addresses, conditions = {} }) =>
    addresses.map((address) => ({
      address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
      ready: conditions.serving === true && conditions.terminating !== true,
    })),
  );
}
