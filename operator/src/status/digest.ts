import { createHash } from 'node:crypto';
import type { Engine, ResolvedScript } from '@cofferdam/protocol';

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The digest of JSON that does not depend on the order of fields. */
export function digestOfJson(value: unknown): string {
  return sha256(
    JSON.stringify(value, (_key, inner: unknown) => {
      if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
      return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
    }) ?? 'null',
  );
}

/** SHA-256 of what runs: the source text, or the module's bytes. */
export function digestOfSource({ engine, code }: Pick<ResolvedScript, 'engine' | 'code'>): string {
  return sha256(engine === 'wasm' ? Buffer.from(code, 'base64') : code);
}

/** What decides whether a source compiles. The version is raised when the compiler's answer may differ. */
export function compileKey(script: { engine: Engine; language: string; code: string }): string {
  return compileKeyOf({ ...script, digest: digestOfSource(script) });
}

/** The same where only the source's digest is known. */
export function compileKeyOf(source: { engine: string; language: string; digest: string }): string {
  return digestOfJson(['v1', source.engine, source.language, source.digest]);
}
