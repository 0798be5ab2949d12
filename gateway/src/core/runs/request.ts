import { randomBytes } from 'node:crypto';
import {
  CofferdamError,
  MAX_CODE_BYTES,
  MAX_INPUT_BYTES,
  type RunRequest,
} from '@cofferdam/protocol';
import type { RunIntent } from '../intent.ts';

const RUN_ID_BYTES = 13;

/** `r-` and 26 hexadecimal digits: 104 random bits. */
export function newRunId(): string {
  return `r-${randomBytes(RUN_ID_BYTES).toString('hex')}`;
}

/** What a runner is sent, without the ticket. Throws where the intent is larger than a run may be. */
export function requestOf(intent: RunIntent, runId: string): RunRequest {
  const { tenant, name, engine, preset, reuse, mode, browser, limits, wasm, notAfter } = intent;
  return {
    runId,
    tenant,
    name,
    engine,
    preset,
    reuse,
    limits,
    ...(mode === undefined ? {} : { mode }),
    ...(browser ? { browser } : {}),
    ...(engine === 'wasm' ? { wasm: requireWasm(wasm) } : sourceOf(intent)),
    ...jsonField('input', intent.input),
    ...jsonField('env', intent.env),
    ...(intent.onLog ? { stream: true } : {}),
    ...(notAfter === undefined ? {} : { notAfter: Math.floor(notAfter) }),
  };
}

function sourceOf({ code, language }: RunIntent): Pick<RunRequest, 'code' | 'language'> {
  if (code === undefined) throw new CofferdamError('INVALID_INPUT', 'code: is missing');
  if (Buffer.byteLength(code) > MAX_CODE_BYTES) throw new CofferdamError('CODE_TOO_LARGE');
  return { code, ...(language === undefined ? {} : { language }) };
}

function requireWasm(wasm: RunIntent['wasm']): NonNullable<RunIntent['wasm']> {
  if (!wasm) throw new CofferdamError('INVALID_INPUT', 'wasm: is missing');
  return wasm;
}

function jsonField(field: 'input' | 'env', value: unknown): Pick<RunRequest, 'input' | 'env'> {
  if (value === undefined) return {};
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MAX_INPUT_BYTES) {
    throw new CofferdamError('BODY_TOO_LARGE', `${field}: is more than ${MAX_INPUT_BYTES} bytes`);
  }
  return { [field]: text };
}
