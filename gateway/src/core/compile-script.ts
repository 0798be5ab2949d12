import { CofferdamError, type GuestError, type ResolvedScript } from '@cofferdam/protocol';
import type { GatewayCore } from './core.ts';

/** Whether a source compiles, as a runner of its tenant says. */
export type CompileVerdict = { valid: true } | { valid: false; error: GuestError };

type Compilers = Pick<GatewayCore, 'validate' | 'wasm'>;

/** Asks whether a script compiles; rejects when nobody could say. */
export function compileScript(
  core: Compilers,
  script: ResolvedScript,
  signal: AbortSignal,
): Promise<CompileVerdict> {
  return script.engine === 'wasm'
    ? compileModule(core, script, signal)
    : compileSource(core, script, signal);
}

async function compileSource(
  core: Compilers,
  { namespace: tenant, code, language, pool }: ResolvedScript,
  signal: AbortSignal,
): Promise<CompileVerdict> {
  const { valid, error } = await core.validate({ tenant, code, language, pool, signal });
  if (valid) return { valid };
  return { valid, error: error ?? { name: 'SyntaxError', message: 'the source does not compile' } };
}

async function compileModule(
  core: Compilers,
  { namespace, code }: ResolvedScript,
  signal: AbortSignal,
): Promise<CompileVerdict> {
  try {
    await core.wasm.compile(namespace, { bytes: Buffer.from(code, 'base64') }, { signal });
    return { valid: true };
  } catch (error) {
    const { code: reason, message } = CofferdamError.from(error);
    if (reason !== 'INVALID_WASM') throw error;
    return { valid: false, error: { name: 'CompileError', message } };
  }
}
