import { KIT, TEXT_KIT } from './evidence.ts';

export const FORMS = ['body', 'module'] as const;
export type Form = (typeof FORMS)[number];

/** The source that makes an attempt and answers the evidence for it. */
export function sourceOf(code: string, form: Form, engine: 'isolate' | 'deno' = 'isolate'): string {
  const attempt = `${engine === 'deno' ? TEXT_KIT : KIT}
    let got;
    try { got = await (async () => { ${code}
    })() } catch (error) { got = error }`;
  if (form === 'body') return `${attempt}\nreturn evidence(got)`;
  return `const input = {}, env = {};\n${attempt}\nexport default evidence(got)`;
}
