import type { ServerHead } from '@cofferdam/protocol';
import { isHopByHop, namedByConnection } from './hop-by-hop.ts';

/** Never a server's to say: how long a body is that it writes itself, where else this origin is, what the gateway says. */
const REFUSED = /^(content-length|alt-svc|x-request-id|x-content-type-options|x-cofferdam-.*)$/;
/** What would hold for the whole origin, which here is the API's and every other server's too. */
const OF_ORIGIN: ReadonlySet<string> = new Set([
  'accept-ch',
  'clear-site-data',
  'critical-ch',
  'nel',
  'origin-agent-cluster',
  'public-key-pins',
  'report-to',
  'reporting-endpoints',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
]);
/** A page has an origin of its own then, which no other has: it reads nothing of the API and registers no worker. */
const SANDBOX = 'sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts';
/** A cookie for a whole domain is one for the API's host too. */
const FOR_DOMAIN = /;\s*domain\s*=/i;

const BYTES = 'application/octet-stream';

/** The headers of a server's answer, without those that would harm whoever shares its origin or its connection. */
export function responseHeaders(
  { headers }: Pick<ServerHead, 'headers'>,
  { hasHost }: { hasHost: boolean },
): Record<string, string | string[]> {
  const kept: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  const connection = headers.find(([name]) => name.toLowerCase() === 'connection')?.[1];
  for (const [given, value] of headers) {
    const name = given.toLowerCase();
    if (namedByConnection(connection, name)) continue;
    if (isPassed(name, value, hasHost)) (kept[name] ??= []).push(value);
  }
  if (!hasHost) (kept['content-security-policy'] ??= []).push(SANDBOX);
  // One, and there always: fastify takes no list of them for one, and no browser is to guess.
  return { ...kept, 'content-type': kept['content-type']?.at(-1) ?? BYTES };
}

function isPassed(name: string, value: string, hasHost: boolean): boolean {
  if (isHopByHop(name) || REFUSED.test(name)) return false;
  if (!hasHost) return !OF_ORIGIN.has(name);
  return name !== 'set-cookie' || !FOR_DOMAIN.test(value);
}
