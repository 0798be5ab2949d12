import { formatLine } from './format.ts';
import { inspectValue } from './inspect.ts';
import { defineProperty, min, now, record, slice, toFixed } from './intrinsics.ts';
import { LEVEL, type ConsoleOutput, type Level } from './output.ts';
import { guestFrames } from './stack.ts';
import { tableText } from './table.ts';
import { readText } from './read.ts';

const MAX_LABEL = 256;
const ErrorConstructor = Error;
const { setPrototypeOf } = Object;
const { toStringTag } = Symbol;

type Line = (...values: unknown[]) => void;
type Write = (level: Level, text: string) => void;

/** The guest's console: every line goes to the host by one function that never throws. */
export function makeConsole(output: ConsoleOutput): object {
  const margin = record({ steps: 0 });
  const write: Write = (level, text) => output.line(level, text, margin.steps);
  const namespace = {
    ...lineMethods(write),
    ...countMethods(write),
    ...timeMethods(write),
    ...groupMethods(write, margin),
  };
  // The Console Standard has an empty object between it and `Object.prototype`.
  setPrototypeOf(namespace, {});
  const tag = record({ value: 'console', configurable: true });
  return defineProperty(namespace, toStringTag, tag);
}

function printer(write: Write, level: Level): Line {
  return (...values) => write(level, formatLine(values));
}

function lineMethods(write: Write) {
  const log = printer(write, LEVEL.log);
  return {
    debug: printer(write, LEVEL.debug),
    log,
    info: printer(write, LEVEL.info),
    warn: printer(write, LEVEL.warn),
    error: printer(write, LEVEL.error),
    trace: (...values: unknown[]) => {
      const title = values.length > 0 ? `Trace: ${formatLine(values)}` : 'Trace';
      write(LEVEL.log, `${title}${callerFrames()}`);
    },
    dir: (value: unknown = undefined, options: unknown = undefined) =>
      write(LEVEL.log, inspectValue(value, depthOf(options))),
    dirxml: log,
    clear: () => {},
    table: (value: unknown = undefined) => {
      const text = textOrNothing(value);
      if (text === undefined) log(value);
      else write(LEVEL.log, text);
    },
    assert: (condition: unknown = undefined, ...values: unknown[]) => {
      if (condition) return;
      const text = formatLine(values);
      write(LEVEL.error, text === '' ? 'Assertion failed' : `Assertion failed: ${text}`);
    },
  };
}

function countMethods(write: Write) {
  const counts = record<Record<string, number>>({});
  return {
    count: (label: unknown = undefined) => {
      const name = labelOf(label);
      counts[name] = (counts[name] ?? 0) + 1;
      write(LEVEL.info, `${name}: ${counts[name]}`);
    },
    countReset: (label: unknown = undefined) => {
      const name = labelOf(label);
      if (counts[name] === undefined) write(LEVEL.warn, `Count for '${name}' does not exist`);
      else counts[name] = 0;
    },
  };
}

function timeMethods(write: Write) {
  const timers = record<Record<string, number>>({});
  const elapsed = (label: string, rest: unknown[]): void => {
    const start = timers[label];
    if (start === undefined) return write(LEVEL.warn, `Timer '${label}' does not exist`);
    const extra = rest.length > 0 ? ` ${formatLine(rest)}` : '';
    write(LEVEL.info, `${label}: ${toFixed(now() - start, 0)}ms${extra}`);
  };
  return {
    time: (label: unknown = undefined) => {
      const name = labelOf(label);
      if (timers[name] === undefined) timers[name] = now();
      else write(LEVEL.warn, `Timer '${name}' already exists`);
    },
    timeEnd: (label: unknown = undefined) => {
      const name = labelOf(label);
      elapsed(name, []);
      delete timers[name];
    },
    timeLog: (label: unknown = undefined, ...rest: unknown[]) => elapsed(labelOf(label), rest),
  };
}

function groupMethods(write: Write, margin: { steps: number }) {
  const group: Line = (...values) => {
    if (values.length > 0) write(LEVEL.log, formatLine(values));
    margin.steps++;
  };
  return {
    group,
    groupCollapsed: group,
    groupEnd: () => {
      if (margin.steps > 0) margin.steps--;
    },
  };
}

/** A label is a text, and what making one of it throws is the caller's own. */
function labelOf(label: unknown): string {
  return label === undefined ? 'default' : slice(`${label as string}`, 0, MAX_LABEL);
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
