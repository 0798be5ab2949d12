export { ClusterOperator } from './cluster-operator.ts';
export { readOperatorConfig } from './config.ts';
