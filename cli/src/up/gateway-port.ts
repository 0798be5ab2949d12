import { CofferdamError, type ResolvedScript } from '@cofferdam/protocol';
import type { GatewayCore, RunOutcome } from '@cofferdam/gateway';
import type { CompileVerdict, GatewayPort } from '@cofferdam/operator';

type Core = Pick<GatewayCore, 'runs' | 'catalogue' | 'validate' | 'wasm'>;

/** The gateway of this process, as the operator asks it. */
export function gatewayPort(core: Core): GatewayPort<RunOutcome> {
  return {
    run: async (script, ask) => core.runs.execute(await core.catalogue.intent(script, ask)),
    compile: (script, signal) =>
      script.engine === 'wasm'
        ? compileModule(core, script, signal)
        : compile(core, script, signal),
    publish: (catalogue) => void core.catalogue.publish(catalogue),
  };
}

async function compile(
  core: Core,
  { namespace: tenant, code, language }: ResolvedScript,
  signal: AbortSignal,
): Promise<CompileVerdict> {
  const { valid, error } = await core.validate({ tenant, code, language, signal });
  if (valid) return { valid };
  return { valid, error: error ?? { name: 'SyntaxError', message: 'the source does not compile' } };
}

async function compileModule(
  core: Core,
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
