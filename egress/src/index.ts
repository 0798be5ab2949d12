export { readEgressConfig } from './config.ts';
export { startEgress, type EgressOptions } from './server.ts';
