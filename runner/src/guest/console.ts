import { formatLine } from './format.ts';
import { indented, inspectValue } from './inspect.ts';
import { min, now, record, repeat, slice, symbolText, toFixed } from './intrinsics.ts';
import { LEVEL, type ConsoleOutput, type Level } from './output.ts';
import { guestFrames } from './stack.ts';
import { tableText } from './table.ts';
import { readText } from './read.ts';

const MAX_INDENT = 20;
const MAX_LABEL = 256;
const ErrorConstructor = Error;

type Line = (...values: unknown[]) => void;

/** The guest's console: every line goes to the host by one function that never throws. */
export function makeConsole(output: ConsoleOutput): object {
  let indent = 0;
  const counts = record<Record<string, number>>({});
  const timers = record<Record<string, number>>({});

  const write = (level: Level, text: string): void => {
    if (indent === 0) return output.write(level, text);
    const margin = repeat('  ', min(indent, MAX_INDENT));
    let lines = text;
    for (let i = 0; i < min(indent, MAX_INDENT); i++) lines = indented(lines);
    output.write(level, margin + lines);
  };
  const printer =
    (level: Level): Line =>
    (...values) =>
      write(level, formatLine(values));
  const log = printer(LEVEL.log);
  const group: Line = (...values) => {
    if (values.length > 0) write(LEVEL.log, formatLine(values));
    indent++;
  };
  const elapsed = (label: string, rest: unknown[]): void => {
    const start = timers[label];
    if (start === undefined) return write(LEVEL.warn, `Timer '${label}' does not exist`);
    const extra = rest.length > 0 ? ` ${formatLine(rest)}` : '';
    write(LEVEL.info, `${label}: ${toFixed(now() - start, 0)}ms${extra}`);
  };

  return {
    debug: printer(LEVEL.debug),
    log,
    info: printer(LEVEL.info),
    warn: printer(LEVEL.warn),
    error: printer(LEVEL.error),
    trace: (...values: unknown[]) => {
      const title = values.length > 0 ? `Trace: ${formatLine(values)}` : 'Trace';
      write(LEVEL.log, `${title}${callerFrames()}`);
    },
    dir: (value: unknown, options?: unknown) => write(LEVEL.log, inspectValue(value, depthOf(options))),
    table: (value: unknown) => {
      const text = textOrNothing(value);
      if (text === undefined) log(value);
      else write(LEVEL.log, text);
    },
    assert: (condition: unknown, ...values: unknown[]) => {
      if (condition) return;
      const text = formatLine(values);
      write(LEVEL.error, text === '' ? 'Assertion failed' : `Assertion failed: ${text}`);
    },
    count: (label?: unknown) => {
      const name = labelOf(label);
      counts[name] = (counts[name] ?? 0) + 1;
      write(LEVEL.info, `${name}: ${counts[name]}`);
    },
    countReset: (label?: unknown) => {
      const name = labelOf(label);
      if (counts[name] === undefined) write(LEVEL.warn, `Count for '${name}' does not exist`);
      else counts[name] = 0;
    },
    time: (label?: unknown) => {
      const name = labelOf(label);
      if (timers[name] === undefined) timers[name] = now();
      else write(LEVEL.warn, `Timer '${name}' already exists`);
    },
    timeEnd: (label?: unknown) => {
      const name = labelOf(label);
      elapsed(name, []);
      delete timers[name];
    },
    timeLog: (label?: unknown, ...rest: unknown[]) => elapsed(labelOf(label), rest),
    group,
    groupCollapsed: group,
    groupEnd: () => {
      if (indent > 0) indent--;
    },
  };
}

function labelOf(label: unknown): string {
  if (label === undefined) return 'default';
  if (typeof label === 'string') return slice(label, 0, MAX_LABEL);
  if (typeof label === 'symbol') return slice(symbolText(label), 0, MAX_LABEL);
  return slice(inspectValue(label, 0), 0, MAX_LABEL);
}

function depthOf(options: unknown): number {
  if (typeof options !== 'object' || options === null) return 2;
  try {
    const { depth } = options as { depth?: unknown };
    if (depth === null) return 100;
    return typeof depth === 'number' && depth >= 0 ? min(depth, 100) : 2;
  } catch {
    return 2;
  }
}

function textOrNothing(value: unknown): string | undefined {
  try {
    return tableText(value);
  } catch {
    return undefined;
  }
}

function callerFrames(): string {
  const stack = guestFrames(readText(new ErrorConstructor(), 'stack') ?? '');
  return slice(stack, 'Error'.length);
}
