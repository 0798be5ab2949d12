import type { IncomingHttpHeaders } from 'node:http';
import { CofferdamError } from '@cofferdam/protocol';

/**
 * Without tokens every page that a browser of this machine shows could ask for what its user may: one of
 * another origin, which says so, is refused. Programs that are no browser send no origin.
 */
export function refuseForeignPage(
  { origin, host = '' }: IncomingHttpHeaders,
  allowed: ReadonlySet<string> = new Set(),
): void {
  if (origin === undefined || allowed.has(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === host.toLowerCase()) return;
  throw new CofferdamError('FORBIDDEN', 'Pages of this origin are not in ISOLATE_CORS_ORIGINS.');
}
