import type { ParseResult } from 'oxc-parser';

/**
 * An ES module without imports, made into the inside of an async function that returns its exports.
 *
 * isolated-vm's `evaluate()` does not wait for top-level await, and a rejection after the first
 * turn surfaces on an unrelated task; an awaited function has neither problem and costs a third.
 * Every edit keeps its line, and most keep the columns, so that stack traces stay the author's.
 */
export function moduleBody(code: string, { program, module }: ParseResult): string {
  const defaultName = unusedName(code);
  const edits = program.body
    .map((statement) => editOf(statement, defaultName))
    .filter((edit) => edit !== undefined);
  const exports = module.staticExports.flatMap(({ entries }) =>
    entries.map(
      ({ exportName, localName }) =>
        `[${JSON.stringify(exportName.name ?? 'default')}]:${localName.name ?? defaultName}`,
    ),
  );
  return `${apply(code, edits)}\n;return {__proto__:null,${exports.join(',')}}`;
}

interface Edit {
  start: number;
  end: number;
  text: string;
  /** Where the statement ends; a semicolon there keeps the next line from continuing it. */
  close: number;
}

type Statement = ParseResult['program']['body'][number];

function editOf(statement: Statement, defaultName: string): Edit | undefined {
  const { start, end, type } = statement;
  if (type === 'ExportDefaultDeclaration') {
    const { declaration } = statement;
    const named = isDeclaration(declaration.type) && 'id' in declaration && declaration.id;
    const text = named ? '' : `const ${defaultName}=`;
    return { start, end: declaration.start, text, close: end };
  }
  if (type !== 'ExportNamedDeclaration') return undefined;
  return { start, end: statement.declaration?.start ?? end, text: '', close: end };
}

function isDeclaration(type: string): boolean {
  return type === 'FunctionDeclaration' || type === 'ClassDeclaration';
}

function apply(code: string, edits: readonly Edit[]): string {
  let output = '';
  let at = 0;
  for (const { start, end, text, close } of edits) {
    output += code.slice(at, start) + text + blank(code.slice(start, end)).slice(text.length);
    output += `${code.slice(end, close)};`;
    at = close;
  }
  return output + code.slice(at);
}

function blank(text: string): string {
  return text.replace(/[^\n\r\u2028\u2029]/g, ' ');
}

/** As long as `export default ` with the text around it, so that columns stay. */
function unusedName(code: string): string {
  let name = '$default';
  while (code.includes(name)) name += '_';
  return name;
}
