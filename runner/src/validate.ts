import { LANGUAGES, MAX_CODE_BYTES, parser, type GuestError } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { Compiler } from './compiler/client.ts';

const parse = parser(
  Type.Object({
    code: Type.String({ maxLength: MAX_CODE_BYTES }),
    language: Type.Optional(Type.Enum([...LANGUAGES])),
  }),
);

export interface Validation {
  valid: boolean;
  form?: 'body' | 'module';
  error?: GuestError;
}

/** Whether a source compiles; nothing of it is run. */
export async function validate(compiler: Compiler, payload: unknown): Promise<Validation> {
  const { code, language = 'auto' } = parse(payload);
  const { compiled } = await compiler.compile(code, language);
  if (compiled.ok) return { valid: true, form: compiled.source.form };
  return { valid: false, error: compiled.error };
}
