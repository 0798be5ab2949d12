export { ClusterOperator } from './cluster-operator.ts';
export { operatorSettings } from './config.ts';
