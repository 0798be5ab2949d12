import { CofferdamError } from '../error/cofferdam-error.ts';
import { Clean, Compile, type Static, type TSchema } from './typebox.ts';

/** One thing that is wrong with an input: where (JSON pointer with dots, '' is the whole) and what. */
export interface Problem {
  path: string;
  message: string;
}

export type Checked<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

/** At most so many problems are listed: a hostile input could hold a million. */
const MAX_PROBLEMS = 8;

/**
 * Explaining walks the whole input even when it has said enough, at about 1 µs a value: what a peer
 * may send in one frame would block for seconds. Checking stops at the first thing that is wrong.
 */
const MAX_EXPLAINED_VALUES = 100_000;
/** What is not valid has a problem: an empty list would pass for none. */
const UNSAID: Problem = { path: '', message: 'is not valid' };
const TOO_LARGE: Problem = { path: '', message: 'is not valid, and too large to say where' };

/** Compiles a schema once into a check that answers the typed value or what is wrong with it. */
export function checker<S extends TSchema>(schema: S): (input: unknown) => Checked<Static<S>> {
  let compiled: ReturnType<typeof Compile<S>> | undefined;
  return (input) => {
    compiled ??= Compile(schema);
    if (compiled.Check(input)) return { ok: true, value: input as Static<S> };
    if (!holdsAtMost(input, MAX_EXPLAINED_VALUES)) return { ok: false, problems: [TOO_LARGE] };
    return { ok: false, problems: problemsOf(compiled.Errors(input)) };
  };
}

/** Like {@link checker}, but throws `INVALID_INPUT` (or the code given) that lists the problems. */
export function parser<S extends TSchema>(
  schema: S,
  code: 'INVALID_INPUT' | 'PROTOCOL_VIOLATION' = 'INVALID_INPUT',
): (input: unknown) => Static<S> {
  const check = checker(schema);
  return (input) => {
    const checked = check(input);
    if (checked.ok) return checked.value;
    throw new CofferdamError(code, describeProblems(checked.problems), {
      details: { problems: checked.problems },
    });
  };
}

/** Takes out, in place, what the schema does not know: a newer version's fields, where those are nothing to us. */
export function withoutUnknown(schema: TSchema, input: unknown): unknown {
  return Clean(schema, input);
}

export function describeProblems(problems: readonly Problem[]): string {
  return problems.map((p) => (p.path === '' ? p.message : `${p.path}: ${p.message}`)).join('; ');
}

interface SchemaError {
  keyword: string;
  instancePath: string;
  message: string;
  params: object;
}

/** A union's branches and an additional property's value repeat what the outer error says. */
function problemsOf(errors: Iterable<SchemaError>): Problem[] {
  const problems = new Map<string, Problem>();
  const all = [...errors];
  const inUnion = all.filter((e) => e.keyword === 'anyOf').map((e) => e.instancePath);
  for (const error of all) {
    if (error.keyword === 'boolean') continue;
    const path = error.instancePath;
    if (error.keyword !== 'anyOf' && inUnion.includes(path)) continue;
    const problem = { path: dotted(path), message: sentence(error) };
    problems.set(`${problem.path}:${problem.message}`, problem);
    if (problems.size >= MAX_PROBLEMS) break;
  }
  // So many unknown fields that their outer error, which names them, is not listed any more.
  if (problems.size === 0) return all.length > 0 ? all.map(unknownField) : [UNSAID];
  return [...problems.values()];
}

function unknownField({ instancePath }: SchemaError): Problem {
  return { path: dotted(instancePath), message: 'is not a known field' };
}

function sentence(error: SchemaError): string {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return `unknown field ${quoteList(params.additionalProperties)}`;
    case 'required':
      return `missing field ${quoteList(params.requiredProperties)}`;
    case 'enum':
      return `must be one of ${quoteList(params.allowedValues)}`;
    default:
      return error.message;
  }
}

function quoteList(values: unknown): string {
  const list = Array.isArray(values) ? values : [values];
  return list
    .slice(0, 20)
    .map((v) => `'${String(v).slice(0, 80)}'`)
    .join(', ');
}

function dotted(pointer: string): string {
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~').slice(0, 80))
    .join('.');
}

/** Whether an input holds no more values than that, however they nest. */
function holdsAtMost(input: unknown, most: number): boolean {
  const open = [input];
  let count = 1;
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    const inner: unknown[] = Array.isArray(value) ? value : Object.values(value);
    count += inner.length;
    if (count > most) return false;
    for (const one of inner) open.push(one);
  }
  return true;
}
