import { CofferdamError } from '@cofferdam/protocol/base';
import type { ResourceDescriptor } from './descriptors.ts';

/** Which object, or (without a name) which collection. */
export interface ObjectTarget {
  /** Absent for a cluster-scoped object, or for a collection over all namespaces. */
  namespace?: string | undefined;
  name?: string | undefined;
  subresource?: 'status' | undefined;
}

/** The parts of names are checked, since some are written by tenants: `..` would lead elsewhere. */
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/;

/** The path of an object or a collection, without the query. Throws `INVALID_INPUT` for a name that no object can have. */
export function resourcePath(resource: ResourceDescriptor, target: ObjectTarget): string {
  const { group, version, plural, namespaced } = resource;
  const parts = group === '' ? ['api', version] : ['apis', group, version];
  if (namespaced && target.namespace !== undefined) parts.push('namespaces', target.namespace);
  parts.push(plural);
  if (target.name !== undefined) {
    if (namespaced && target.namespace === undefined) {
      throw new CofferdamError(
        'INVALID_INPUT',
        `${plural} ${target.name}: the namespace is missing`,
      );
    }
    parts.push(target.name);
  }
  if (target.subresource !== undefined) parts.push(target.subresource);
  for (const part of parts) checkSegment(part);
  return `/${parts.join('/')}`;
}

function checkSegment(part: string): void {
  if (SEGMENT.test(part)) return;
  throw new CofferdamError(
    'INVALID_INPUT',
    `${JSON.stringify(part.slice(0, 64))} is no name of an object`,
  );
}

/** A query without what is undefined. */
export function queryOf(parameters: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
