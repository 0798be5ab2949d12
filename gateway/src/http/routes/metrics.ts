import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { demand } from '../gate.ts';
import { refusals } from '../schemas/answers.ts';

const METRICS_TEXT = {
  description: 'The exposition format.',
  content: { 'text/plain': { schema: { type: 'string' } } },
};

export function metricsRoutes(app: FastifyInstance, { metrics }: HttpDeps): void {
  app.get(
    '/metrics',
    {
      onRequest: (request) => demand(request, { verb: 'get', path: '/metrics' }),
      schema: {
        summary: 'Metrics for Prometheus',
        tags: ['service'],
        response: { 200: METRICS_TEXT, ...refusals },
      },
    },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
  app.addHook('onResponse', (request, reply, done) => {
    metrics.httpRequest({
      route: request.routeOptions.url ?? 'none',
      method: request.method,
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
    });
    done();
  });
}
