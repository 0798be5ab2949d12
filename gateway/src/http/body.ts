import { isUtf8 } from 'node:buffer';
import { CofferdamError, MAX_JSON_DEPTH, nestsDeeper } from '@cofferdam/protocol';
import type { FastifyInstance } from 'fastify';

/**
 * Reads a JSON body: UTF-8 and nesting are checked before the parser sees it. A key `__proto__` in it
 * stays data: JSON.parse makes it an own property, the schemas are closed, and nothing merges bodies.
 */
function parseJsonBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new CofferdamError('INVALID_JSON', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  if (nestsDeeper(text, MAX_JSON_DEPTH)) {
    throw new CofferdamError('INVALID_JSON', `The body nests deeper than ${MAX_JSON_DEPTH}.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CofferdamError('INVALID_JSON', 'The body is not JSON.', { cause });
  }
}

/** JSON is the one type of body that is read; a web page cannot send it here without being asked first. */
export function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (_request, body, done) => {
      try {
        // Nothing at all is no body: endpoints whose body may be missing take it.
        done(null, body.byteLength === 0 ? undefined : parseJsonBody(body));
      } catch (error) {
        done(error as CofferdamError);
      }
    },
  );
}
