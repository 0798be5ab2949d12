/** A condition as Kubernetes knows it. */
export interface Condition {
  type: 'Ready' | 'Healthy';
  status: 'True' | 'False' | 'Unknown';
  /** CamelCase, of a closed set for each type. */
  reason: string;
  /** A sentence for a person. */
  message: string;
  /** RFC 3339. */
  lastTransitionTime: string;
  observedGeneration?: number;
}
