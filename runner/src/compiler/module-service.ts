import type { IncomingCall } from '@cofferdam/protocol/base';
import { readTexts, sendTexts } from '../texts.ts';
import type { ModuleOptions } from './module-client.ts';
import { compileModule } from './module-source.ts';

/** Answers one module: its function's text goes as data, the rest as the answer. */
export async function serveModule(call: IncomingCall): Promise<unknown> {
  const { bytes, ...options } = call.payload as ModuleOptions & { bytes: number };
  const [code] = await readTexts(call.data, [bytes]);
  const compiled = compileModule({ code: code!, ...options });
  if (!compiled.ok) return compiled;
  const { code: made, ...module } = compiled.module;
  const text = Buffer.from(made);
  await sendTexts(call, [text]);
  return { ok: true, bytes: text.byteLength, module };
}
