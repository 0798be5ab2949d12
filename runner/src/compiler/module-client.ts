import { checker, GuestErrorSchema } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import { sendTexts } from '../texts.ts';
import type { Child } from '../supervisor/child.ts';
import { COMPILE_DEADLINE_MS } from './deadline.ts';
import type { CompiledModule, ModuleCompilation, ModuleInput } from './compiled-module.ts';

export type ModuleOptions = Omit<ModuleInput, 'code'>;

const text = () => Type.String();
const texts = () => Type.Array(Type.String());
const AnswerSchema = Type.Union([
  Type.Object({ ok: Type.Literal(false), error: GuestErrorSchema }),
  Type.Object({
    ok: Type.Literal(true),
    bytes: Type.Integer({ minimum: 0, maximum: 128 * 1024 * 1024 }),
    module: Type.Object({
      kind: Type.Enum(['sync', 'async', 'cjs', 'json']),
      deps: Type.Array(Type.Object({ specifier: text(), names: texts() })),
      own: texts(),
      reexports: Type.Array(
        Type.Object({ name: text(), specifier: text(), imported: Type.Optional(text()) }),
      ),
      stars: texts(),
      mentionsAsyncContext: Type.Boolean(),
      firstColumn: Type.Integer({ minimum: 0 }),
      maps: texts(),
    }),
  }),
]);
const checkAnswer = checker(AnswerSchema);

export function moduleKey(digest: string, { language, asyncContext }: ModuleOptions): string {
  return `${digest}:${language}:${asyncContext}`;
}

export function unitsOfModule(compiled: ModuleCompilation): number {
  if (!compiled.ok) return 0;
  const { code, maps } = compiled.module;
  return maps.reduce((sum, map) => sum + map.length, code.length);
}

/** Has the compiler's process read a module; `undefined` for what no process of ours would answer. */
export async function askModule(
  child: Child,
  { code, ...options }: ModuleInput,
): Promise<ModuleCompilation | undefined> {
  const source = Buffer.from(code);
  const call = child.channel.call(
    'compileModule',
    { ...options, bytes: source.byteLength },
    { deadlineMs: COMPILE_DEADLINE_MS },
  );
  sendTexts(call, [source]).catch(() => {});
  const chunks: Buffer[] = [];
  for await (const chunk of call.data) chunks.push(chunk);
  const checked = checkAnswer(await call.reply);
  if (!checked.ok || !checked.value.ok)
    return checked.ok ? (checked.value as ModuleCompilation) : undefined;
  const all = Buffer.concat(chunks);
  if (all.byteLength !== checked.value.bytes) return undefined;
  const module = { ...checked.value.module, code: all.toString() } as CompiledModule;
  return { ok: true, module };
}
