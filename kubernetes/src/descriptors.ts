import type {
  ClusterEvent,
  ConfigMap,
  CustomResource,
  EndpointSlice,
  KubernetesObject,
  Lease,
  Namespace,
  Pod,
  RuntimeClass,
  Secret,
  Service,
  SubjectAccessReview,
  TokenReview,
} from './objects.ts';

/** Where an API server keeps the objects of one kind. */
export interface ResourceDescriptor<T extends KubernetesObject = KubernetesObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: it ties the object's type to its descriptor. */
  readonly '~type'?: T;
}

/** `group/version`, or the version alone for the core group: an object's `apiVersion`. */
export function apiVersionOf(resource: ResourceDescriptor): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

const own = { group: 'cofferdam.dev', version: 'v1alpha1' };
const core = { group: '', version: 'v1', namespaced: true };

export const sandboxScripts: ResourceDescriptor<CustomResource> = {
  ...own,
  kind: 'SandboxScript',
  plural: 'sandboxscripts',
  namespaced: true,
};

export const sandboxRuns: ResourceDescriptor<CustomResource> = {
  ...own,
  kind: 'SandboxRun',
  plural: 'sandboxruns',
  namespaced: true,
};

export const sandboxPools: ResourceDescriptor<CustomResource> = {
  ...own,
  kind: 'SandboxPool',
  plural: 'sandboxpools',
  namespaced: false,
};

export const pods: ResourceDescriptor<Pod> = { ...core, kind: 'Pod', plural: 'pods' };

export const secrets: ResourceDescriptor<Secret> = { ...core, kind: 'Secret', plural: 'secrets' };

export const configMaps: ResourceDescriptor<ConfigMap> = {
  ...core,
  kind: 'ConfigMap',
  plural: 'configmaps',
};

export const services: ResourceDescriptor<Service> = {
  ...core,
  kind: 'Service',
  plural: 'services',
};

export const namespaces: ResourceDescriptor<Namespace> = {
  ...core,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

export const endpointSlices: ResourceDescriptor<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
};

export const runtimeClasses: ResourceDescriptor<RuntimeClass> = {
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
};

export const leases: ResourceDescriptor<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

export const clusterEvents: ResourceDescriptor<ClusterEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

export const tokenReviews: ResourceDescriptor<TokenReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  namespaced: false,
};

export const subjectAccessReviews: ResourceDescriptor<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};
