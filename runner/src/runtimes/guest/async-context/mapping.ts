import { primordials } from '../../../guest/captured.ts';

const { Map, mapDelete, mapForEach, mapGet, mapHas, mapSet } = primordials;

/** The values of the variables at one point of the program. Never changed: a change makes another. */
export type Mapping = Map<object, unknown> | undefined;

export function valueIn(mapping: Mapping, variable: object): unknown {
  return mapping && mapGet(mapping, variable);
}

export function hasValue(mapping: Mapping, variable: object): boolean {
  return mapping !== undefined && mapHas(mapping, variable);
}

export function withValue(mapping: Mapping, variable: object, value: unknown): Mapping {
  const made = copy(mapping);
  mapSet(made, variable, value);
  return made;
}

export function withoutValue(mapping: Mapping, variable: object): Mapping {
  if (!hasValue(mapping, variable)) return mapping;
  const made = copy(mapping);
  mapDelete(made, variable);
  return made;
}

function copy(mapping: Mapping): Map<object, unknown> {
  const made = new Map<object, unknown>();
  if (mapping) mapForEach(mapping, (value, key) => void mapSet(made, key, value));
  return made;
}
