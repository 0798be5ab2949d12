import {
  defineProperty,
  indexOf,
  list,
  objectKeys,
  record,
  slice,
} from '../../../guest/intrinsics.ts';
import { LEVEL, type ConsoleOutput, type Level } from '../../../guest/output.ts';

type Methods = Record<string, unknown>;

/** Deno's own console, which writes where it is told: formatting, groups and tables are Deno's. */
interface ConsoleMaker {
  Console: new (print: (text: string, level: number) => void) => Methods;
}

const { Console } = (Deno as unknown as Record<symbol, ConsoleMaker>)[Deno.internal]!;

/** By Deno's print levels; the last is that of a trace. */
const LEVELS = list<Level>(LEVEL.debug, LEVEL.log, LEVEL.warn, LEVEL.error, LEVEL.error);

/** Replaces every method of the console in place, since Deno's modules hold the object itself. */
export function captureConsole(output: ConsoleOutput): void {
  let isInfo = false;
  const native = new Console((text, level) => {
    output.write(isInfo ? LEVEL.info : (LEVELS[level] ?? LEVEL.log), withoutNewline(text));
  });
  const { info } = native as { info(...values: unknown[]): void };
  const ours = record<Methods>({
    // Deno prints it at the level of `log`.
    info(...values: unknown[]) {
      isInfo = true;
      try {
        info(...values);
      } finally {
        isInfo = false;
      }
    },
    // Deno's would print the terminal's control sequences.
    clear() {},
  });
  const names = objectKeys(native);
  for (let i = 0; i < names.length; i++) {
    const value = ours[names[i]!] ?? native[names[i]!];
    if (typeof value !== 'function') continue;
    const place = record({ value, writable: true, configurable: true, enumerable: true });
    defineProperty(console, names[i]!, place);
  }
}

export function withoutNewline(text: string): string {
  const last = text.length - 1;
  return last >= 0 && indexOf(text, '\n', last) === last ? slice(text, 0, last) : text;
}
