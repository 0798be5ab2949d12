import type { TypecheckError } from './result.ts';

/** One error a paragraph: `script.ts:1:7 - error TS2322: Type 'string' is not assignable…`. */
export function formatTypecheckErrors(
  errors: readonly TypecheckError[],
  { fileName = 'script.ts' }: { fileName?: string } = {},
): string {
  return errors
    .map(({ library, line, column, code, message }) => {
      const file = library === undefined ? fileName : `${library}.d.ts`;
      return `${file}:${line}:${column} - error TS${code}: ${message}`;
    })
    .join('\n');
}
