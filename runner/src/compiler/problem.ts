/** What is wrong with a source, and where: an offset in UTF-16 units. */
export interface SourceProblem {
  message: string;
  offset: number;
}

/** Line and column of an offset, both from 1. */
export function positionAt(code: string, offset: number): { line: number; column: number } {
  const before = code.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++;
  return { line, column: offset - lastBreak };
}
