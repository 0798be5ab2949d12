import { SourceMap } from 'node:module';
import type { GuestError } from '@cofferdam/protocol';
import type { CompiledSource } from './engines/engine.ts';
import { HEAD, PARSED_HEAD, STRICT_HEAD } from './compiler/heads.ts';

const POSITION = /\b(script\.[jt]s):(\d{1,7}):(\d{1,7})/g;
const MAX_FRAMES = 20;

/** Makes the stacks of a source's errors say lines and columns as the author wrote them. */
export function authorsPositions(source: CompiledSource): (error: GuestError) => GuestError {
  let map: SourceMap | undefined;
  return (error) => {
    if (!error.stack) return error;
    const frames = error.stack.split('\n').slice(0, MAX_FRAMES).join('\n');
    // Read for the first error: a check may have thousands.
    map ??= source.map ? readMap(source.map) : undefined;
    const stack = frames.replace(POSITION, (_whole, file: string, line: string, column: string) => {
      const at = authorsPosition(source, map, { line: Number(line), column: Number(column) });
      return `${file}:${at.line}:${at.column}`;
    });
    return { ...error, stack };
  };
}

interface Position {
  line: number;
  column: number;
}

function authorsPosition(
  source: CompiledSource,
  map: SourceMap | undefined,
  at: Position,
): Position {
  const head = source.form === 'module' ? STRICT_HEAD : HEAD;
  // The text is evaluated inside one opening parenthesis.
  const column = at.line === 1 ? Math.max(1, at.column - head.length - 1) : at.column;
  if (!map) return { line: at.line, column };
  const entry = map.findEntry(at.line - 1, column - 1);
  if (!('originalLine' in entry)) return { line: at.line, column };
  const wrapped = source.form === 'body' && entry.originalLine === 0 ? PARSED_HEAD.length : 0;
  return { line: entry.originalLine + 1, column: Math.max(1, entry.originalColumn + 1 - wrapped) };
}

function readMap(text: string): SourceMap {
  return new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]);
}
