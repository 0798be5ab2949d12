import { CofferdamError, DEFAULT_NAMESPACE, NAME_PATTERN } from '@cofferdam/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from '@cofferdam/protocol/typebox';
import type { Caller } from '../access/caller.ts';
import { callerOf, demand } from './gate.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The namespace in which this request runs something: the tenant. */
    namespace: string | undefined;
  }
}

const HEADER = 'x-cofferdam-namespace';
const namePattern = new RegExp(NAME_PATTERN);

const NamespaceHeaderSchema = Type.Object({
  [HEADER]: Type.Optional(
    Type.String({
      pattern: NAME_PATTERN,
      maxLength: 63,
      description:
        'The namespace to run in. Default: the only one that the token is bound to, or else `default`.',
    }),
  ),
});

/** Notes for each request in which namespace it runs something. */
export function installNamespaces(app: FastifyInstance): void {
  app.decorateRequest('namespace', undefined);
}

/**
 * What a route needs that runs something in a namespace which its path does not name. Who may not
 * run anything there is refused before the body is read.
 */
export const runsInNamespace = {
  headers: NamespaceHeaderSchema,
  async onRequest(request: FastifyRequest): Promise<void> {
    const namespace = askedNamespace(request) ?? ownNamespace(callerOf(request));
    await demand(request, { verb: 'create', resource: 'sandboxruns', namespace });
    request.namespace = namespace;
  },
};

/** The tenant of what this request runs; known where the route says {@link runsInNamespace}. */
export function tenantOf({ namespace }: FastifyRequest): string {
  if (namespace === undefined) throw new CofferdamError('INTERNAL');
  return namespace;
}

/** A header that is there twice comes as one with a comma, which no name has. */
function askedNamespace({ headers }: FastifyRequest): string | undefined {
  const asked = headers[HEADER];
  if (asked === undefined) return undefined;
  if (typeof asked === 'string' && namePattern.test(asked)) return asked;
  throw new CofferdamError('INVALID_INPUT', `${HEADER}: must match pattern ${NAME_PATTERN}`);
}

function ownNamespace({ namespaces = [] }: Caller): string {
  const [only, ...others] = namespaces;
  return only === undefined || others.length > 0 ? DEFAULT_NAMESPACE : only;
}
