export { startEgress, type EgressOptions } from './server.ts';
