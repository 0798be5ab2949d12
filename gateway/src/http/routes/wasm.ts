import { CofferdamError, MAX_WASM_BYTES } from '@cofferdam/protocol';
import type { FastifyInstance } from 'fastify';
import type { HttpDeps } from '../deps.ts';
import { wasmIntent } from '../intents.ts';
import { runsInNamespace, tenantOf } from '../namespace.ts';
import { signalOf, type RunReplies } from '../run-reply.ts';
import { compileAnswers, runAnswers } from '../schemas/answers.ts';
import {
  WasmCompileSchema,
  WasmRunSchema,
  WasmUploadSchema,
  type WasmCompileBody,
  type WasmRunBody,
  type WasmUpload,
} from '../schemas/requests.ts';

/** The largest module in base64, and room for the JSON around it. */
const MAX_COMPILE_BODY = Math.ceil(MAX_WASM_BYTES / 3) * 4 + 4096;
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const UPLOAD = 'application/wasm';
const { headers, onRequest } = runsInNamespace;

export function wasmRoutes(app: FastifyInstance, deps: HttpDeps, replies: RunReplies): void {
  // In a scope of its own: only here the bytes themselves may be the body.
  app.register((scope, _options, done) => {
    compileRoute(scope, deps);
    done();
  });
  for (const path of ['/wasm/run', '/wasm/execute']) runRoute(app, path, { deps, replies });
}

function compileRoute(app: FastifyInstance, { core }: HttpDeps): void {
  app.addContentTypeParser(UPLOAD, { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  const schema = {
    summary: 'Check a WebAssembly module and keep it: base64, a file under the root, or the bytes',
    tags: ['wasm'],
    headers,
    body: WasmCompileSchema,
    querystring: WasmUploadSchema,
    response: compileAnswers,
  };
  const route = { schema, onRequest, bodyLimit: MAX_COMPILE_BODY };
  app.post<{ Body: WasmCompileBody | Buffer; Querystring: WasmUpload }>(
    '/wasm/compile',
    route,
    async (request, reply) => {
      const tenant = tenantOf(request);
      const id = request.query.id ?? (Buffer.isBuffer(request.body) ? undefined : request.body.id);
      const options = { signal: signalOf(reply), ...(id === undefined ? {} : { id }) };
      return core.wasm.compile(tenant, sourceOf(request.body), options);
    },
  );
}

function sourceOf(body: WasmCompileBody | Buffer): { bytes: Uint8Array } | { file: string } {
  if (Buffer.isBuffer(body)) return { bytes: body };
  const { bytes, file } = body;
  if ((bytes === undefined) === (file === undefined)) {
    throw new CofferdamError('INVALID_INPUT', 'exactly one of bytes and file must be given');
  }
  if (file !== undefined) return { file };
  if (!BASE64.test(bytes!)) throw new CofferdamError('INVALID_WASM', 'bytes: is not base64');
  return { bytes: Buffer.from(bytes!, 'base64') };
}

function runRoute(
  app: FastifyInstance,
  path: string,
  { deps, replies }: { deps: HttpDeps; replies: RunReplies },
): void {
  const schema = {
    summary: 'Call an export of a kept module, or run it as a WASI command',
    tags: ['wasm'],
    headers,
    body: WasmRunSchema,
    response: runAnswers,
  };
  const { wasm, runs } = deps.core;
  app.post<{ Body: WasmRunBody }>(
    path,
    { schema, onRequest, config: { starts: true } },
    (request, reply) => {
      const tenant = tenantOf(request);
      const digest = wasm.resolve(tenant, request.body.moduleId);
      const intent = wasmIntent(tenant, request.body, digest);
      return replies.answer(request, reply, (hooks) => runs.execute({ ...intent, ...hooks }));
    },
  );
}
