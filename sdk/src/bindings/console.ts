import type { PortLine } from '../port/peer.ts';
import type { BindingScope } from './scope.ts';

/** Hands a line of the guest's to the embedder; answers what its handler does, which nobody waits for. */
export function deliverLine(
  scope: BindingScope,
  { level, text, groupDepth, requestId }: PortLine,
): unknown {
  const entry = { type: 'output', level, stdout: text, groupDepth } as const;
  const context = scope.contextOf(requestId, scope.context('console'));
  return scope.bindings.console?.onEntry?.(entry, context);
}
