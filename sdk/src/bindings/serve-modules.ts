import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import {
  abortable,
  CofferdamError,
  type IncomingCall,
  type ModulesAnswer,
  type ModulesQuery,
  type SourcesAnswer,
  type SourcesQuery,
} from '@cofferdam/protocol';
import { guestViewOf } from '../port/error-view.ts';
import type { HostCallContext, ModuleResolver, ModuleSource } from '../types.ts';
import { MAX_SOURCE_BYTES } from './modules/host-file.ts';
import type { SourceStore } from './source-store.ts';

const MAX_MESSAGE = 1_024;
type Resolved = ModulesAnswer['modules'][number];
type Wanted = ModulesQuery['wanted'][number];

interface ModuleQueryContext {
  context: HostCallContext;
  /** Where texts wait until they are asked for. */
  sources: SourceStore;
}

/** Answers one level of a module graph: where each module is, and the digest of its text. */
export async function serveModules(
  resolver: ModuleResolver,
  query: ModulesQuery,
  { context, sources }: ModuleQueryContext,
): Promise<ModulesAnswer> {
  const all = query.wanted.map((wanted) => resolved(resolver, wanted, { context, sources }));
  return { modules: await Promise.all(all) };
}

async function resolved(
  resolver: ModuleResolver,
  { specifier, importer }: Wanted,
  { context, sources }: ModuleQueryContext,
): Promise<Resolved> {
  try {
    const asked = resolver.resolve(specifier, importer, context);
    const source = checked(await abortable(Promise.resolve(asked), context.signal));
    const digest = createHash('sha256').update(source.code).digest('hex');
    sources.keep(digest, source.code);
    const { filename, resolveDir, format } = source;
    const path = posix.resolve(resolveDir, filename);
    return { path, resolveDir, filename, digest, ...(format === 'commonjs' && { format }) };
  } catch (error) {
    return { error: whyNot(error, specifier).slice(0, MAX_MESSAGE) };
  }
}

/** What the operating system says holds the host's paths; a thrown thing may be anything. */
function whyNot(error: unknown, specifier: string): string {
  const { message, code } = guestViewOf(error);
  return isSystems(error) ? `Cannot load module '${specifier}': ${code}` : message;
}

function isSystems(error: unknown): boolean {
  try {
    return (Object(error) as NodeJS.ErrnoException).syscall !== undefined;
  } catch {
    return false;
  }
}

/** A resolver may be anybody's. */
function checked(source: unknown): ModuleSource {
  const { code, filename, resolveDir } = Object(source) as Partial<ModuleSource>;
  const isSource =
    typeof code === 'string' && isPath(filename) && isPath(resolveDir) && resolveDir[0] === '/';
  if (!isSource) throw new TypeError('the module resolver answered no ModuleSource');
  if (Buffer.byteLength(code) <= MAX_SOURCE_BYTES) return source as ModuleSource;
  throw new RangeError(`its source is larger than ${MAX_SOURCE_BYTES} bytes`);
}

function isPath(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 4_096;
}

/** Sends the texts that the keeper has not kept from earlier. */
export async function serveSources(
  sources: SourceStore,
  query: SourcesQuery,
  call: IncomingCall,
): Promise<SourcesAnswer> {
  const texts = query.digests.map((digest) => {
    const text = sources.get(digest);
    if (text !== undefined) return Buffer.from(text);
    throw new CofferdamError('INVALID_INPUT', 'a source that no module has');
  });
  // eslint-disable-next-line no-await-in-loop -- one after the other, as they were asked for
  for (const text of texts) await call.write(text);
  call.end();
  return { bytes: texts.map((text) => text.byteLength) };
}
