import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './usage-error.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; allowPositionals: true; allowNegative: true }>
>;

/** Reads a command's arguments; throws a UsageError that names what is wrong. */
export function readArgs<T extends Options>(
  args: string[],
  options: T,
  positionals: { atLeast?: number; atMost: number; names: string },
): Parsed<T> {
  let parsed: Parsed<T>;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true, allowNegative: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ', 1)[0]!);
  }
  const { length } = parsed.positionals;
  if (length < (positionals.atLeast ?? 0) || length > positionals.atMost) {
    throw new UsageError(`expected ${positionals.names}`);
  }
  return parsed;
}

export function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port must be a number from 0 to 65535, not '${text}'`);
}

export function readJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`${what} must be JSON`);
  }
}
