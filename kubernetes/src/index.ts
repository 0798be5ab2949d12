export * from './client.ts';
export * from './descriptors.ts';
export { KubernetesError } from './kubernetes-error.ts';
export { listPages } from './list-pages.ts';
export type * from './objects.ts';
