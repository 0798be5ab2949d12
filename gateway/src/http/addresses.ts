import { CofferdamError } from '@cofferdam/protocol';
import type { FastifyInstance, HTTPMethods } from 'fastify';

const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** The addresses of this API and their methods, so that a wrong one is told apart from a wrong path. */
export class Addresses {
  readonly #methods = new Map<string, Set<HTTPMethods>>();
  #complete = false;

  /** Notes every route from now on, and answers everything that is at none of them. */
  constructor(app: FastifyInstance) {
    app.addHook('onRoute', ({ url, method }) => {
      // The page's own files answer for themselves.
      if (this.#complete || url.startsWith('/docs/')) return;
      const methods = this.#methods.get(url) ?? new Set();
      for (const one of [method].flat()) methods.add(one as HTTPMethods);
      this.#methods.set(url, methods);
    });
    // Before any body is read, and after whoever asks has been identified.
    app.addHook('onRequest', (request, _reply, done) => {
      done(request.is404 ? this.#notFound() : undefined);
    });
    app.setNotFoundHandler(() => {
      throw this.#notFound();
    });
  }

  /** Refuses the other methods of every route so far. */
  complete(app: FastifyInstance): void {
    this.#complete = true;
    for (const [url, methods] of this.#methods) {
      const others = METHODS.filter((method) => !methods.has(method));
      if (others.length === 0) continue;
      const details = { allow: [...methods].join(', ') };
      app.route({
        url,
        method: others,
        schema: { hide: true },
        onRequest: (_request, _reply, done) =>
          done(new CofferdamError('METHOD_NOT_ALLOWED', undefined, { details })),
        handler: () => undefined,
      });
    }
  }

  #notFound(): CofferdamError {
    const endpoints = [...this.#methods.keys()];
    return new CofferdamError('NOT_FOUND', undefined, { details: { endpoints } });
  }
}
