import type { Finding } from '../controller/script/conditions.ts';

export type ReferenceKind = 'Secret' | 'ConfigMap';

/** An object that a script refers to, in its own namespace. */
export interface ObjectReference {
  kind: ReferenceKind;
  namespace: string;
  name: string;
}

/** The texts of an object by key; undefined where there is no such object. */
export type ObjectData = Readonly<Record<string, string>> | undefined;

/** How the texts of an object are had: at once from what is known, or as they are now. */
export type Lookup = (reference: ObjectReference) => ObjectData | 'unread';

export interface TextContext {
  namespace: string;
  lookup: Lookup;
}

export interface Obstacle {
  obstacle: Finding;
}

interface KeyRef {
  name: string;
  key: string;
}

/** One of the two, which a schema's rule has seen to. */
export interface EitherRef<R extends KeyRef = KeyRef> {
  secretKeyRef?: R;
  configMapKeyRef?: R;
}

/** A value that is sent with every run. */
const MAX_VALUE_BYTES = 32 * 1024;

export const no = (reason: string, message: string): Obstacle => ({
  obstacle: { status: 'False', reason, message },
});

/** The text of a Secret's or a ConfigMap's key; undefined where nothing is named. */
export function textOfEither(
  { secretKeyRef, configMapKeyRef }: EitherRef,
  context: TextContext,
): { text?: string } | Obstacle {
  const ref = secretKeyRef ?? configMapKeyRef;
  return ref ? textOf(secretKeyRef ? 'Secret' : 'ConfigMap', ref, context) : {};
}

export function textOf(
  kind: ReferenceKind,
  { name, key }: KeyRef,
  { namespace, lookup }: TextContext,
): { text: string } | Obstacle {
  const data = lookup({ kind, namespace, name });
  if (data === 'unread') {
    const message = `the ${kind} ${name} has not been read yet`;
    return { obstacle: { status: 'Unknown', reason: 'ResolvingReferences', message } };
  }
  if (!data) return no(`${kind}NotFound`, `there is no ${kind} ${name} in ${namespace}`);
  const text = Object.hasOwn(data, key) ? data[key] : undefined;
  if (text === undefined) {
    return no(`${kind}KeyNotFound`, `the ${kind} ${name} has no key ${key}`);
  }
  if (kind === 'Secret' && Buffer.byteLength(text) > MAX_VALUE_BYTES) {
    return no('ValueTooLarge', `the key ${key} of the Secret ${name} is larger than 32 KiB`);
  }
  return { text };
}
