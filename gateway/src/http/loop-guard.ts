import { CofferdamError, type Lineage } from '@cofferdam/protocol';
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from './deps.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Where what it starts stands below a run whose guest has made it. */
    lineage: Lineage | undefined;
  }
  interface FastifyContextConfig {
    /** Has guest code run: what a guest asks for is counted below the run that it is of. */
    starts?: boolean;
  }
}

/** Refuses with `LOOP_DETECTED` what guests start too deep or too often below one run. */
export function installLoopGuard(app: FastifyInstance, { budget }: HttpDeps['core']): void {
  app.decorateRequest('lineage', undefined);
  // Behind the gate: who may ask for nothing uses up nobody's budget.
  app.addHook('onRequest', (request, _reply, done) => {
    const { 'cdn-loop': header } = request.headers;
    if (header === undefined || !request.routeOptions.config.starts) return done();
    let refusal: CofferdamError | undefined;
    try {
      request.lineage = budget.admit(String(header));
    } catch (error) {
      refusal = CofferdamError.from(error);
    }
    done(refusal);
  });
}
