import type { InlineScript } from '@cofferdam/protocol';
import type { EitherRef, ObjectReference } from './texts.ts';

/** Every object that a program names, some of them more than once. */
export function referencesOf(program: InlineScript, namespace: string): ObjectReference[] {
  const { source, env = [], permissions = {} } = program;
  const references: ObjectReference[] = [];
  const add = ({ secretKeyRef, configMapKeyRef }: EitherRef = {}) => {
    if (secretKeyRef) references.push({ kind: 'Secret', namespace, name: secretKeyRef.name });
    if (configMapKeyRef)
      references.push({ kind: 'ConfigMap', namespace, name: configMapKeyRef.name });
  };
  add(source);
  for (const { valueFrom } of env) add(valueFrom);
  for (const { addHeadersFrom = [], caFrom } of permissions.net ?? []) {
    for (const header of addHeadersFrom) add(header);
    add(caFrom);
  }
  return references;
}
