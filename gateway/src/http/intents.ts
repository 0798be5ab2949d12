import {
  CofferdamError,
  DEFAULT_MAX_REQUESTS,
  MAX_CODE_BYTES,
  pickTraffic,
  resolveLimits,
  type Limits,
  type Permissions,
} from '@cofferdam/protocol';
import type { RunIntent } from '../core/intent.ts';
import {
  DEFAULT_TIMEOUT_MS,
  MAX_TIMEOUT_MS,
  type AskedLimits,
  type DenoBody,
  type ExecuteBody,
  type WasmRunBody,
} from './schemas/requests.ts';

const shared = { trigger: 'http', name: 'inline' } as const;

/** The run that a body of /execute asks for. */
export function executeIntent(tenant: string, body: ExecuteBody): RunIntent {
  const { code, preset = 'compute', env, input, language, reuse = 'none', permissions } = body;
  refuseLargeCode(code);
  return {
    ...shared,
    ...bounds(body),
    tenant,
    engine: 'isolate',
    code,
    preset,
    reuse,
    ...(permissions?.browser ? { browser: true } : {}),
    ...(language === undefined ? {} : { language }),
    ...(input === undefined ? {} : { input }),
    ...(env === undefined ? {} : { env }),
  };
}

/** The run that a body of /deno asks for. */
export function denoIntent(tenant: string, body: DenoBody): RunIntent {
  const { code, data, language, permissions } = body;
  refuseLargeCode(code);
  if (permissions?.browser) {
    const message = 'permissions.browser: only the isolate engine has a browser';
    throw new CofferdamError('INVALID_INPUT', message);
  }
  return {
    ...shared,
    ...bounds(body),
    tenant,
    engine: 'deno',
    code,
    preset: 'agent',
    reuse: 'none',
    ...(language === undefined ? {} : { language }),
    ...(data === undefined ? {} : { input: data }),
  };
}

/** The run that a body of /wasm/run asks for, of a module that has this digest. */
export function wasmIntent(tenant: string, body: WasmRunBody, digest: string): RunIntent {
  const { moduleId: _, timeout, limits, ...call } = body;
  return {
    ...shared,
    ...bounds({ timeout, limits }),
    tenant,
    engine: 'wasm',
    preset: 'minimal',
    reuse: 'none',
    wasm: { digest, ...call },
  };
}

export function refuseLargeCode(code: string): void {
  // A character has 1 to 3 bytes: most sources need not be measured.
  if (code.length * 3 <= MAX_CODE_BYTES) return;
  if (Buffer.byteLength(code) > MAX_CODE_BYTES) throw new CofferdamError('CODE_TOO_LARGE');
}

interface Asked {
  timeout?: number | undefined;
  limits?: AskedLimits | undefined;
  permissions?: Permissions;
}

function bounds({ timeout = DEFAULT_TIMEOUT_MS, limits, permissions }: Asked) {
  const wallTimeMs = Math.min(timeout, MAX_TIMEOUT_MS);
  const { requests = DEFAULT_MAX_REQUESTS, ...asked } = limits ?? {};
  const resolved: Limits = resolveLimits({ cpuTimeMs: wallTimeMs, ...asked, wallTimeMs });
  const wayOut = { net: permissions?.net ?? [], maxRequests: requests, ...pickTraffic(asked) };
  return { limits: resolved, ...wayOut };
}
