import { CofferdamError, parser, type IncomingCall } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { PoolDirectory } from '../pools.ts';
import { claimOfCheck } from '../runners/claim.ts';
import type { RunnerRegistry } from '../runners/registry.ts';
import type { Admission } from '../runs/admission.ts';
import { callRunner } from '../runners/call.ts';
import { readInspection } from './inspection.ts';
import type { ModuleStore } from './module-store.ts';
import type { WasmModules } from './modules.ts';
import { readRootFile } from './root-file.ts';

/** Compiling 16 MiB takes seconds on a small machine. */
const INSPECT_MS = 30_000;

export interface RunnerModulesOptions {
  store: ModuleStore;
  registry: RunnerRegistry;
  pools: PoolDirectory;
  admission: Admission;
  /** Where files may be loaded from; without it none may. */
  root?: string | undefined;
}

/** Modules, inspected where they can do no harm: in the runner of the tenant that brings them. */
export function createWasmModules(options: RunnerModulesOptions): WasmModules {
  const { store, admission, root } = options;
  return {
    compile: (tenant, source, how = {}) =>
      admission.within(tenant, { waitMs: INSPECT_MS, signal: how.signal }, async () => {
        const bytes = 'file' in source ? await readRootFile(root, source.file) : source.bytes;
        const digest = await store.put(tenant, bytes);
        const items = await inspect(options, { tenant, digest, signal: how.signal });
        if (how.id !== undefined) store.name(tenant, how.id, digest);
        return { moduleId: how.id ?? digest, digest, size: bytes.byteLength, ...items };
      }),
    resolve: (tenant, moduleId) => store.resolve(tenant, moduleId),
    stats: () => store.stats(),
  };
}

async function inspect(
  { registry, pools, store }: RunnerModulesOptions,
  { tenant, digest, signal }: { tenant: string; digest: string; signal: AbortSignal | undefined },
) {
  try {
    return await callRunner(registry, claimOfCheck(pools.choose(tenant, undefined), tenant), {
      method: 'wasm.inspect',
      payload: { digest },
      deadlineMs: INSPECT_MS,
      signal,
      read: readInspection,
    });
  } catch (error) {
    // Only a module that is none is forgotten; a runner that is away says nothing about it.
    const isNone = error instanceof CofferdamError && error.code === 'INVALID_WASM';
    if (isNone) await store.disown(tenant, digest);
    throw error;
  }
}

const readBlobRequest = parser(
  Type.Object(
    { digest: Type.String({ pattern: '^[0-9a-f]{64}$' }) },
    { additionalProperties: false },
  ),
);

/** Answers a runner's `blob` call with the bytes, if they are of the runner's own tenant. */
export async function sendBlob(store: ModuleStore, tenant: string, call: IncomingCall) {
  const { digest } = readBlobRequest(call.payload);
  const bytes = await store.get(tenant, digest);
  await call.write(bytes);
  call.end();
  return { size: bytes.byteLength };
}
