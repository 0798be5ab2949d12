import { anInteger, aText, options } from '../options/check.ts';
import {
  runtimeChecks,
  runtimeOptionsOf,
  type RuntimeOptions,
} from '../options/runtime-options.ts';
import { checkTestNames } from '../tests/test-runtime.ts';
import type { DisposeNamespaceOptions } from './types.ts';

const IDLE_MS = 1_800_000;
const DAY_MS = 86_400_000;

const key = aText(512);
const read = options({ ...runtimeChecks, idleTimeoutMs: anInteger(1_000, DAY_MS) });
const readDispose = options({ reason: aText(1_024) });

export interface SessionOptions extends RuntimeOptions {
  idleMs: number;
  /** The session ends with the connection. Default false. */
  isBound?: boolean;
}

/** Throws `INVALID_INPUT`. */
export function readKey(given: unknown): string {
  return key(given, 'key');
}

/** Throws `INVALID_INPUT`, which names the option. */
export function readSessionOptions(given: unknown): SessionOptions {
  const { idleTimeoutMs: idleMs = IDLE_MS, ...rest } = read(given, '');
  const { spec, ...runtime } = runtimeOptionsOf(rest);
  checkTestNames(spec.bindings.tools);
  const features = new Set(spec.features).add('tests');
  return { ...runtime, spec: { ...spec, features: [...features] }, idleMs };
}

export function readDisposeNamespaceOptions(given: unknown): DisposeNamespaceOptions {
  return readDispose(given, '');
}
