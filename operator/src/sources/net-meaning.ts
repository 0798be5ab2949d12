import {
  isAddable,
  type InlineScript,
  type Problem,
  type AddedHeader,
  type CaFrom,
} from '@cofferdam/protocol';

/** Each of them is an object to be read, for each script that names it. */
const MAX_ADDED_IN_ALL = 64;

/** What the schema of rules cannot say about what they add and trust. */
export function checkNet({ permissions }: InlineScript): Problem[] {
  const net = permissions?.net ?? [];
  const problems = net.flatMap(({ addHeadersFrom = [], caFrom }, index) =>
    [...headerProblems(addHeadersFrom), ...caProblems(caFrom)].map(({ path, message }) => ({
      path: `permissions.net.${index}.${path}`,
      message,
    })),
  );
  const all = net.reduce((sum, { addHeadersFrom = [] }) => sum + addHeadersFrom.length, 0);
  if (all > MAX_ADDED_IN_ALL) {
    const message = `adds ${all} headers in all; ${MAX_ADDED_IN_ALL} is the most`;
    problems.push({ path: 'permissions.net', message });
  }
  return problems;
}

function headerProblems(added: readonly AddedHeader[]): Problem[] {
  const seen = new Set<string>();
  return added.flatMap(({ name }, index) => {
    const path = `addHeadersFrom.${index}.name`;
    const lower = name.toLowerCase();
    if (!isAddable(lower)) return [{ path, message: `${name} is not a header that can be added` }];
    if (seen.has(lower)) return [{ path, message: `${name} is added already` }];
    seen.add(lower);
    return [];
  });
}

function caProblems(caFrom: CaFrom | undefined): Problem[] {
  if (!caFrom) return [];
  if ((caFrom.secretKeyRef === undefined) !== (caFrom.configMapKeyRef === undefined)) return [];
  return [{ path: 'caFrom', message: 'needs exactly one of `secretKeyRef` and `configMapKeyRef`' }];
}
