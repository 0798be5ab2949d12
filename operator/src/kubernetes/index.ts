export * from '@cofferdam/kubernetes';
export { ResourceCache, type ResourceCacheOptions } from './resource-cache.ts';
export { EventRecorder, type Happening } from './event-recorder.ts';
export { LeaderElection, type ElectionTiming } from './leader-election.ts';
export type { LeaderTerm } from './leader-term.ts';
