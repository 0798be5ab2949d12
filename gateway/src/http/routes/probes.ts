import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { ProbeSchema } from '../schemas/service.ts';

const config = { public: true, whileClosing: true };
const about = (summary: string, statuses: number[]) => ({
  summary,
  tags: ['service'],
  response: Object.fromEntries(statuses.map((status) => [status, ProbeSchema])),
});

/** /livez and /readyz, for whoever restarts this process and sends it requests. They say nothing else. */
export function probeRoutes(app: FastifyInstance, { ready, closing }: HttpDeps): void {
  app.get('/livez', { config, schema: about('Whether the process answers at all', [200]) }, () => ({
    ok: true,
  }));
  app.get(
    '/readyz',
    { config, schema: about('Whether requests may be sent here', [200, 503]) },
    (_request, reply) => {
      const ok = (ready?.() ?? true) && !(closing?.() ?? false);
      return reply.code(ok ? 200 : 503).send({ ok });
    },
  );
}
