/**
 * Everything that a module imports, itself last, in the order in which the language evaluates it.
 * With a stack of its own: a chain of imports may be longer than the engine's is deep.
 */
export function evaluationOrder<M extends { deps: ReadonlyMap<string, M> }>(entry: M): M[] {
  const order: M[] = [];
  const seen = new Set([entry]);
  const stack = [{ node: entry, rest: entry.deps.values() }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const next = top.rest.next();
    if (next.done) {
      order.push(top.node);
      stack.pop();
    } else if (!seen.has(next.value)) {
      seen.add(next.value);
      stack.push({ node: next.value, rest: next.value.deps.values() });
    }
  }
  return order;
}
