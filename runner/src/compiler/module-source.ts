import { transformSync } from 'oxc-transform';
import { htmlComment, guestError } from './compile.ts';
import {
  EMPTY_MODULE,
  mapText,
  type CompiledModule,
  type ModuleCompilation,
  type ModuleInput,
  type ModuleLanguage,
} from './compiled-module.ts';
import { commonJs, type CommonJsModule } from './common-js.ts';
import { wrapped, type WrappedModule } from './module-wrapper.ts';
import type { SourceProblem } from './problem.ts';

const MENTION = /\bAsyncContext\b|\basync_hooks\b/;

/** Makes a module's source into a function. Runs where hostile source may end the process. */
export function compileModule({ code, language, asyncContext }: ModuleInput): ModuleCompilation {
  if (language === 'json') return jsonModule(code);
  const dialects = language === 'auto' ? (['js', 'ts'] as const) : [language];
  // A comment of the same length: the first line of a script for a shell.
  const source = code.startsWith('#!') ? `//${code.slice(2)}` : code;
  let furthest: SourceProblem = { message: 'not a module', offset: -1 };
  for (const dialect of dialects) {
    const attempt = compileAs(source, dialect, asyncContext);
    if (!('problem' in attempt)) {
      return { ok: true, module: { ...attempt, mentionsAsyncContext: MENTION.test(code) } };
    }
    if (attempt.problem.offset > furthest.offset) furthest = attempt.problem;
  }
  return { ok: false, error: guestError(code, furthest) };
}

type Attempt = Omit<CompiledModule, 'mentionsAsyncContext'> | { problem: SourceProblem };

function compileAs(
  source: string,
  dialect: Exclude<ModuleLanguage, 'json' | 'auto'>,
  asyncContext: boolean,
): Attempt {
  if (dialect === 'cjs') return compileCommonJs(source, asyncContext);
  if (dialect === 'js') return enclosed(wrapped(source, asyncContext));
  const result = transformSync(`module.${dialect}`, source, {
    lang: dialect,
    sourceType: 'module',
    target: 'esnext',
    sourcemap: true,
  });
  const error = result.errors.find((e) => e.severity === 'Error');
  if (error) return { problem: { message: error.message, offset: error.labels[0]?.start ?? 0 } };
  const attempt = enclosed(wrapped(result.code, asyncContext));
  if ('problem' in attempt || !result.map) return attempt;
  return { ...attempt, maps: [...attempt.maps, mapText(result.map)] };
}

/** What does not read as CommonJS may be an ES module, which nothing but its text says. */
function compileCommonJs(source: string, asyncContext: boolean): Attempt {
  const attempt = enclosed(commonJs(source, asyncContext));
  if (!('problem' in attempt)) return attempt;
  const asModule = enclosed(wrapped(source, asyncContext));
  const isFurther = 'problem' in asModule && asModule.problem.offset <= attempt.problem.offset;
  return isFurther ? attempt : asModule;
}

type Body = (...texts: string[]) => unknown;
const MAKERS: Record<'sync' | 'async' | 'cjs', Body> = {
  cjs: Function,
  sync: Object.getPrototypeOf(function* () {}).constructor as Body,
  async: Object.getPrototypeOf(async function () {}).constructor as Body,
};

/**
 * V8 itself says whether the text is the inside of one function and nothing beside it: it compares
 * where the function that it was given the body of has ended.
 */
function enclosed(module: WrappedModule | CommonJsModule | { problem: SourceProblem }): Attempt {
  if ('problem' in module) return module;
  const { inside, parameters, code, ...rest } = module;
  const html = htmlComment(inside);
  if (html) return { problem: html };
  try {
    // Only compiled, never called.
    MAKERS[module.kind](parameters, inside);
    Function(`return (${code}\n)`);
  } catch (error) {
    return { problem: { message: (error as Error).message, offset: 0 } };
  }
  return { ...rest, code };
}

function jsonModule(code: string): ModuleCompilation {
  const text = code.startsWith('\uFEFF') ? code.slice(1) : code;
  try {
    JSON.parse(text);
  } catch (error) {
    const message = `Not JSON: ${(error as Error).message.slice(0, 1000)}`;
    return { ok: false, error: { name: 'SyntaxError', message } };
  }
  const module: CompiledModule = { ...EMPTY_MODULE, kind: 'json', code: text, own: ['default'] };
  return { ok: true, module };
}
