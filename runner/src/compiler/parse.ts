import { parseSync, type ParseResult } from 'oxc-parser';
import type { SourceProblem } from './problem.ts';

export type Dialect = 'js' | 'ts';

export interface Parsed {
  isModule: boolean;
  problem: SourceProblem | undefined;
  result: ParseResult;
}

/** What a broken module looks like, when its syntax tree cannot tell any more. */
const LOOKS_LIKE_MODULE =
  /^\s*(export\s+(default|const|let|var|async|function|class|\{|\*)|import\s*["'{*\w])/m;

export function parse(code: string, lang: Dialect, sourceType: 'module' | 'script'): Parsed {
  const result = parseSync(`script.${lang}`, code, { lang, sourceType });
  const error = result.errors.find((e) => e.severity === 'Error');
  const { staticImports, staticExports } = result.module;
  const isModule =
    staticImports.length + staticExports.length > 0 ||
    (error !== undefined && sourceType === 'module' && LOOKS_LIKE_MODULE.test(code));
  const problem = error && { message: error.message, offset: error.labels[0]?.start ?? 0 };
  return { isModule, problem: problem ?? linkProblem(result), result };
}

/** Types vanish; everything else that a module takes from outside cannot be had here. */
function linkProblem({ module }: ParseResult): SourceProblem | undefined {
  const imported = module.staticImports.find(
    ({ entries }) => entries.length === 0 || entries.some((entry) => !entry.isType),
  );
  if (imported) return cannotImport(imported.moduleRequest.value, imported.start);
  const reexported = module.staticExports
    .flatMap(({ entries }) => entries)
    .find((entry) => entry.moduleRequest && !entry.isType);
  if (reexported) return cannotImport(reexported.moduleRequest!.value, reexported.start);
  const meta = module.importMetas[0];
  return meta && { message: 'import.meta is not available in a script', offset: meta.start };
}

function cannotImport(name: string, offset: number): SourceProblem {
  return {
    message: `Cannot import '${name.slice(0, 128)}': a script has nothing to import`,
    offset,
  };
}
