import type { FastifyInstance } from 'fastify';
import { PRESETS } from '@cofferdam/protocol';
import type { HttpDeps } from '../deps.ts';
import { demand } from '../gate.ts';
import { protectionOf } from '../protection.ts';
import { refusals } from '../schemas/answers.ts';
import {
  HealthSchema,
  StatsSchema,
  type HealthAnswer,
  type StatsAnswer,
} from '../schemas/service.ts';
import { gatewayVersion } from '../version.ts';

/** /health and /stats. The first says nothing of tenants, and asks no runner: anyone may call it. */
export function healthRoutes(app: FastifyInstance, { core }: HttpDeps): void {
  app.get(
    '/health',
    {
      config: { public: true },
      schema: {
        summary: 'Whether the service is well, and what protects a run',
        tags: ['service'],
        response: { 200: HealthSchema, ...refusals },
      },
    },
    (): HealthAnswer => {
      const { runners, active, queued, layers } = core.health();
      const ok = runners > 0;
      return {
        ok,
        status: ok ? 'ok' : 'starting',
        version: gatewayVersion,
        uptime: Math.floor(process.uptime()),
        engine: { active, queued, runners },
        versions: versionsOf(core.registry),
        layers,
        protection: protectionOf(layers),
      };
    },
  );
  app.get(
    '/stats',
    {
      onRequest: (request) => demand(request, { verb: 'get', path: '/stats' }),
      schema: {
        summary: 'Runs, runners, engines and modules in figures',
        tags: ['service'],
        response: { 200: StatsSchema, ...refusals },
      },
    },
    async (): Promise<StatsAnswer> => ({
      ...(await core.stats()),
      uptime: process.uptime(),
      presets: [...PRESETS],
    }),
  );
}

/** What executes guest code, as the newest runner says, and this process. */
function versionsOf(registry: HttpDeps['core']['registry']): Record<string, string> {
  const { node, v8 } = process.versions;
  return { node, v8, ...registry.list().findLast(({ role }) => role === 'runner')?.versions };
}
