import { resolveScript, type ResolvedScript, type SandboxScript } from '@cofferdam/protocol';

/** A request that runs a script by itself, without the instance knowing it. */
export type InlineRun =
  | { path: '/execute' | '/deno'; body: Record<string, unknown> }
  | { path: '/wasm/run'; module: string; body: Record<string, unknown> };

/** What runs a resource as it stands in its file. */
export function inlineRun(resource: SandboxScript, input: unknown): InlineRun {
  const script = resolveScript(resource, { uid: 'inline', generation: 1 });
  const given = input === undefined ? script.input : input;
  const bounds = boundsOf(script);
  if (script.engine === 'wasm') {
    const module = script.code.replaceAll(/\s/g, '');
    return { path: '/wasm/run', module, body: { ...script.wasm, ...bounds } };
  }
  const { code, language, preset, reuse, env, net } = script;
  const shared = { code, language, ...bounds, permissions: { net } };
  if (script.engine === 'deno') return { path: '/deno', body: { ...shared, data: given } };
  return { path: '/execute', body: { ...shared, preset, reuse, env, input: given } };
}

/** HTTP names the wall time `timeout`; the rest is as in the run's limits. */
function boundsOf({ limits, maxRequests, traffic }: ResolvedScript) {
  const { wallTimeMs, ...rest } = limits;
  return { timeout: wallTimeMs, limits: { ...rest, requests: maxRequests, ...traffic } };
}
