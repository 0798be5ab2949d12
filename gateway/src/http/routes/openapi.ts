import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { gatewayVersion } from '../version.ts';

const DESCRIPTION = [
  'Runs JavaScript, TypeScript and WebAssembly that nobody trusts.',
  'With `accept: text/event-stream` an endpoint that runs something answers with events: `log` for each',
  'console line as it comes, then `result` with the body that it would have answered otherwise.',
  'Every refusal has one shape; its `error.code` is stable.',
].join(' ');

/** Collects what follows. Has to be installed before any route. */
export async function collectOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Cofferdam', version: gatewayVersion, description: DESCRIPTION },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
      tags: [
        { name: 'runs', description: 'Run something and look at what became of it' },
        { name: 'wasm', description: 'WebAssembly modules' },
        { name: 'sessions', description: 'Guests with a key, which keep what they have' },
        { name: 'scripts', description: 'Scripts that the operator keeps' },
        { name: 'service', description: 'The service itself' },
      ],
    },
  });
}

/** The description, and a page to read it on. Neither says anything about this instance. */
export function openApiRoutes(app: FastifyInstance): void {
  let text: string | undefined;
  app.get(
    '/openapi.json',
    { config: { public: true }, schema: { hide: true } },
    (_request, reply) => {
      text ??= JSON.stringify(app.swagger());
      return reply.type('application/json; charset=utf-8').send(text);
    },
  );
  app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, public: true };
    });
    await scope.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  });
}
