import cors from '@fastify/cors';
import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serverAddressOf } from './servers/address.ts';

/** Browsers keep a preflight's answer for two hours at most. */
const MAX_AGE_SECONDS = 7_200;
const ALLOWED = [
  'authorization',
  'content-type',
  'traceparent',
  'x-cofferdam-namespace',
  'x-request-id',
];
const EXPOSED = ['retry-after', 'traceparent', 'x-request-id'];

/**
 * Lets pages of these origins read answers; of none, no answer says a word of it. Installed before the
 * gate, since a browser asks for leave without a token. Cookies are of no use here and not allowed.
 */
export async function installCors(
  app: FastifyInstance,
  origins: ReadonlySet<string> = new Set(),
): Promise<void> {
  app.addHook('onRequest', (request, _reply, done) => done(foreignUpgrade(request, origins)));
  if (origins.size === 0) return;
  await app.register(cors, {
    origin: (origin, decide) =>
      decide(null, origin !== undefined && origins.has(origin) ? origin : false),
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: ALLOWED,
    exposedHeaders: EXPOSED,
    maxAge: MAX_AGE_SECONDS,
    // Else it refuses in a shape of its own.
    strictPreflight: false,
  });
}

/**
 * A browser asks nobody before it opens a WebSocket for a page, whatever its origin: without a token
 * every page could, and each could send a token that it guesses. Programs that are no browser send no origin.
 */
function foreignUpgrade({ headers, raw }: FastifyRequest, origins: ReadonlySet<string>) {
  // What a server that asks for no token takes is the script's to decide.
  if (serverAddressOf(raw)?.auth === 'none') return undefined;
  const { upgrade, origin } = headers;
  if (upgrade === undefined || origin === undefined || origins.has(origin)) return undefined;
  return new CofferdamError('FORBIDDEN', 'Pages of this origin are not in ISOLATE_CORS_ORIGINS.');
}
