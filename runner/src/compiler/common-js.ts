import { init, parse as findExports } from 'cjs-module-lexer';
import { parseSync, Visitor, type CallExpression, type ParseResult } from 'oxc-parser';
import { downlevel } from './downlevel.ts';
import { EMPTY_MODULE, type CompiledModule } from './compiled-module.ts';
import type { SourceProblem } from './problem.ts';

await init();

export interface CommonJsModule extends Omit<CompiledModule, 'mentionsAsyncContext'> {
  kind: 'cjs';
  /** The body of the function, and its parameters. */
  inside: string;
  parameters: string;
}

/** In the order in which the loader gives them (bridge/modules/guest/common-js.ts). */
const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];
const IMPORT = 'import';

/**
 * A text of CommonJS as the inside of a function. What it requires by a name that stands in the source
 * is found here, since a guest cannot wait for a module in the midst of a call.
 */
export function commonJs(
  code: string,
  asyncContext: boolean,
): CommonJsModule | { problem: SourceProblem } {
  const parsed = parseSync('module.cjs', code, { lang: 'js', sourceType: 'commonjs' });
  const error = parsed.errors.find((e) => e.severity === 'Error');
  if (error) return { problem: { message: error.message, offset: error.labels[0]?.start ?? 0 } };
  const { required, imports } = callsIn(code, () => parsed.program);
  const standIn = unused(code);
  const made = followed(renamed(code, imports, standIn), asyncContext);
  if ('problem' in made) return made;
  const parameters = [...PARAMETERS, standIn, ...made.helpers].join(',');
  const head = `function (${parameters}) {`;
  return {
    ...EMPTY_MODULE,
    kind: 'cjs',
    code: `${head}${made.inside}\n}`,
    inside: made.inside,
    parameters,
    deps: [...required].map((specifier) => ({ specifier, names: [] })),
    own: exportedNames(code),
    firstColumn: head.length,
  };
}

interface Calls {
  required: ReadonlySet<string>;
  /** Where each `import()` begins. */
  imports: readonly number[];
}

/** A syntax tree takes 100 bytes of memory for each of the source's: a text that is larger is searched. */
const LARGE_CHARS = 1024 * 1024;
const REQUIRE = /\brequire\s*\(\s*(?:'([^'\\\n]+)'|"([^"\\\n]+)")\s*\)/g;

function callsIn(code: string, program: () => ParseResult['program']): Calls {
  const hasImports = /\bimport\b/.test(code);
  if (!hasImports && (code.length > LARGE_CHARS || !code.includes('require'))) {
    const found = [...code.matchAll(REQUIRE)].map(([, single, double]) => single ?? double!);
    return { required: new Set(found), imports: [] };
  }
  const required = new Set<string>();
  const imports: number[] = [];
  new Visitor({
    CallExpression: (call) => {
      const specifier = requiredBy(call);
      if (specifier) required.add(specifier);
    },
    ImportExpression: ({ start }) => void imports.push(start),
  }).visit(program());
  return { required, imports };
}

function requiredBy({ callee, arguments: [first] }: CallExpression): string | undefined {
  if (callee.type !== 'Identifier' || callee.name !== 'require') return undefined;
  return first?.type === 'Literal' && typeof first.value === 'string' ? first.value : undefined;
}

/** `import()` becomes a call of the loader's; the name is as long, so that columns stay. */
function renamed(code: string, imports: readonly number[], standIn: string): string {
  let text = code;
  for (const start of imports) {
    text = text.slice(0, start) + standIn + text.slice(start + IMPORT.length);
  }
  return text;
}

function unused(code: string): string {
  for (let number = 0; ; number++) {
    const name = `$${String(number).padStart(IMPORT.length - 1, '_')}`;
    if (!code.includes(name)) return name;
  }
}

/** The same with its async context written out. */
function followed(
  inside: string,
  asyncContext: boolean,
): { inside: string; helpers: readonly string[] } | { problem: SourceProblem } {
  if (!asyncContext) return { inside, helpers: [] };
  try {
    const { code, helpers } = downlevel(`function* () {${inside}\n}`);
    return { inside: code.slice(code.indexOf('{') + 1, code.lastIndexOf('}')), helpers };
  } catch (error) {
    return { problem: { message: (error as Error).message, offset: 0 } };
  }
}

/** As Node finds them, without evaluating anything: for `export *` of others. */
function exportedNames(code: string): string[] {
  try {
    return [...new Set(['default', ...findExports(code).exports])];
  } catch {
    return ['default'];
  }
}
