import type { LabelSelector } from './resources.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether labels satisfy every requirement; a selector without requirements selects everything. */
export function selects(selector: LabelSelector, labels: Labels = {}): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  return equal && (selector.matchExpressions ?? []).every((each) => satisfies(each, labels));
}

function satisfies(
  expression: { key: string; operator: string; values?: readonly string[] },
  labels: Labels,
): boolean {
  const value = labels[expression.key];
  const named = value !== undefined && (expression.values ?? []).includes(value);
  switch (expression.operator) {
    case 'In':
      return named;
    case 'NotIn':
      return !named;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new Error(`a label selector with the unknown operator ${expression.operator}`);
  }
}
