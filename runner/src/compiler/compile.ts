import type { GuestError, Language } from '@cofferdam/protocol';
import { transformSync } from 'oxc-transform';
import type { CompiledSource } from '../engines/engine.ts';
import { HEAD, PARSED_HEAD, PARSED_TAIL, TAIL } from './heads.ts';
import { moduleBody } from './module-function.ts';
import { parse, type Dialect, type Parsed } from './parse.ts';
import { positionAt, type SourceProblem } from './problem.ts';

export interface CompileInput {
  code: string;
  language: Language;
  digest: string;
}

export type Compiled = { ok: true; source: CompiledSource } | { ok: false; error: GuestError };

/** Parses and transforms one source. Runs where hostile source may end the process. */
export function compile({ code, language, digest }: CompileInput): Compiled {
  const dialects: Dialect[] =
    language === 'auto' ? ['js', 'ts'] : [language === 'typescript' ? 'ts' : 'js'];
  let furthest: SourceProblem = { message: 'not a script', offset: -1 };
  for (const dialect of dialects) {
    const attempt = compileAs(code, dialect);
    if (!('problem' in attempt)) {
      return { ok: true, source: { ...attempt, digest, fileName: `script.${dialect}` } };
    }
    // The reading that got further is the one the author meant.
    if (attempt.problem.offset > furthest.offset) furthest = attempt.problem;
  }
  return { ok: false, error: guestError(code, furthest) };
}

type Attempt = Pick<CompiledSource, 'form' | 'code' | 'map'> | { problem: SourceProblem };

function compileAs(code: string, dialect: Dialect): Attempt {
  const module = parse(code, dialect, 'module');
  if (module.isModule) {
    if (module.problem) return { problem: module.problem };
    return dialect === 'ts' ? transformed(code, 'module') : moduleFunction(code, module);
  }
  const body = parse(PARSED_HEAD + code + PARSED_TAIL, dialect, 'script');
  if (body.problem) return { problem: inBody(body.problem) };
  return dialect === 'ts' ? transformed(code, 'body') : bodyFunction(code, body);
}

type Form = CompiledSource['form'];

function transformed(code: string, form: Form): Attempt {
  const text = form === 'body' ? PARSED_HEAD + code + PARSED_TAIL : code;
  const result = transformSync('script.ts', text, {
    lang: 'ts',
    sourceType: form === 'module' ? 'module' : 'script',
    target: 'esnext',
    sourcemap: true,
  });
  const error = result.errors.find((e) => e.severity === 'Error');
  if (error) {
    const problem = { message: error.message, offset: error.labels[0]?.start ?? 0 };
    return { problem: form === 'body' ? inBody(problem) : problem };
  }
  const attempt = fromPrinted(form === 'body' ? insideOf(result.code) : result.code, form);
  if ('problem' in attempt || !result.map) return attempt;
  const { mappings, names, sources, version } = result.map;
  return { ...attempt, map: JSON.stringify({ mappings, names, sources, version }) };
}

/** The statements of a transformed body, on the lines that its source map knows. */
function insideOf(declaration: string): string {
  return declaration.slice(declaration.indexOf('{') + 1, declaration.lastIndexOf('}'));
}

/** What the printer wrote is read like a source of JavaScript. */
function fromPrinted(code: string, form: Form): Attempt {
  if (form === 'module') return moduleFunction(code, parse(code, 'js', 'module'));
  return bodyFunction(code, parse(PARSED_HEAD + code + PARSED_TAIL, 'js', 'script'));
}

function moduleFunction(code: string, { problem, result }: Parsed): Attempt {
  if (problem) return { problem };
  const inside = `"use strict";${moduleBody(code, result)}`;
  const html = htmlComment(inside);
  return html ? { problem: html } : checked(inside, 'module');
}

function bodyFunction(code: string, { problem }: Parsed): Attempt {
  return problem ? { problem: inBody(problem) } : checked(code, 'body');
}

type FunctionMaker = (body: string) => unknown;
const AsyncFunction = (async () => {}).constructor as FunctionMaker;

/**
 * A body must be the inside of one function and nothing beside it. That a text parses both as a
 * declaration and as an expression says too little: `} / "/…"` is a regular expression after the
 * one and a division after the other, and from there on they read different texts. V8 itself
 * compares where the function that it was given the body of has ended.
 */
function checked(inside: string, form: Form): Attempt {
  const code = HEAD + inside + TAIL;
  try {
    // Only compiled, never called: V8 has the last word on early errors.
    AsyncFunction(inside);
    Function(`return (${code}\n)`);
    return { form, code };
  } catch (error) {
    return { problem: { message: (error as Error).message, offset: 0 } };
  }
}

/** In a module `x<!--y` compares; in a function, as which it runs, it would begin a comment. */
export function htmlComment(inside: string): SourceProblem | undefined {
  if (!inside.includes('<!--') && !inside.includes('-->')) return undefined;
  const { comments } = parse(PARSED_HEAD + inside + PARSED_TAIL, 'js', 'script').result;
  const found = comments.some(({ start }) => !inside.startsWith('/', start - PARSED_HEAD.length));
  return found ? { message: 'HTML-like comments cannot stand in a module', offset: 0 } : undefined;
}

function inBody({ message, offset }: SourceProblem): SourceProblem {
  return { message, offset: Math.max(0, offset - PARSED_HEAD.length) };
}

export function guestError(code: string, { message, offset }: SourceProblem): GuestError {
  const { line, column } = positionAt(code, Math.max(0, offset));
  return {
    name: 'SyntaxError',
    message: `${message.slice(0, 1000)} (line ${line}, column ${column})`,
    line,
    column,
  };
}
