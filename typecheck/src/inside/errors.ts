import type { Diagnostic } from 'typescript/unstable/sync';
import type { TypecheckError, TypecheckResult } from '../result.ts';
import { Places } from './places.ts';

/** As in `result.ts`, whose schema library this process does without. */
const MAX_ERRORS = 100;
const MAX_MESSAGE_CHARS = 2_000;
/** `DiagnosticCategory.Error`. */
const ERROR = 1;
/** How deep the reasons of an error are told. */
const MAX_REASONS = 8;

/** What was found in one text. */
export interface FoundIn {
  diagnostics: readonly Diagnostic[];
  text: string;
  /** Characters that were put before the text. */
  offset: number;
  library?: string;
}

export function resultOf(found: readonly FoundIn[], { hide }: { hide: string }): TypecheckResult {
  const all = found.flatMap((one) => errorsIn(one, hide));
  return {
    success: all.length === 0,
    errors: all.slice(0, MAX_ERRORS),
    errorsCut: all.length > MAX_ERRORS,
  };
}

function errorsIn({ diagnostics, text, offset, library }: FoundIn, hide: string): TypecheckError[] {
  const errors = diagnostics.filter(({ category }) => category === ERROR);
  if (errors.length === 0) return [];
  const places = new Places(text);
  return errors
    .toSorted((a, b) => a.pos - b.pos)
    .slice(0, MAX_ERRORS + 1)
    .map((diagnostic) => {
      const start = places.at(diagnostic.pos - offset);
      const end = places.at(diagnostic.end - offset);
      return {
        message: messageOf(diagnostic).replaceAll(hide, '').slice(0, MAX_MESSAGE_CHARS),
        ...start,
        endLine: end.line,
        endColumn: end.column,
        code: diagnostic.code,
        ...(library === undefined ? {} : { library }),
      };
    });
}

/** TypeScript's advice on how to set it up, which is nothing that a caller could do. */
const ADVICE = / (?:Do you need to|Consider using '--|Try changing the 'lib')[^\n]*/;

/** The message, and its reasons below it, each further in than what it is the reason of. */
function messageOf(diagnostic: Diagnostic, depth = 0): string {
  const own = '  '.repeat(depth) + diagnostic.text.replace(ADVICE, '');
  if (depth >= MAX_REASONS) return own;
  const reasons = diagnostic.messageChain ?? [];
  return [own, ...reasons.map((reason) => messageOf(reason, depth + 1))].join('\n');
}
