import { isPlain } from '../classify.ts';
import { refused } from '../errors.ts';
import { FunctionSource } from '../values/read.ts';

/** More than any method takes; some of Playwright's refuse one too many. */
const MAX_ARGUMENTS = 8;
/**
 * Options that lead to files, folders or objects of this process. Each method that has a `path` of its own
 * is one of the special ones, which read and write with the files binding; for all others it is refused.
 */
const REFUSED_OPTIONS: readonly string[] = [
  'path',
  'har',
  'recordHar',
  'recordVideo',
  'response',
  'proxy',
  'tracesDir',
  'logger',
  'signal',
  'stylePath',
];

/** Takes what a guest gave for what a method takes, as it comes; throws for what no guest may give. */
export function plainArguments(args: unknown[]): unknown[] {
  if (args.length > MAX_ARGUMENTS) throw new TypeError('There are too many arguments');
  for (const arg of args) {
    if (arg instanceof FunctionSource) throw new TypeError('No function is taken here');
    if (typeof arg === 'object' && arg !== null && isPlain(arg)) checkOptions(arg);
  }
  return args;
}

function checkOptions(options: object): void {
  const found = REFUSED_OPTIONS.find((name) => Object.hasOwn(options, name));
  if (found !== undefined) throw refused(`The option '${found}' is refused here`);
}

/** The options of a method, without those of the names that are dealt with here. */
export function optionsOf(value: unknown, ...without: string[]): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || !isPlain(value) || Array.isArray(value)) {
    throw new TypeError('The options are no object');
  }
  const rest = Object.entries(value).filter(([name]) => !without.includes(name));
  const options = Object.fromEntries(rest) as Record<string, unknown>;
  checkOptions(options);
  return options;
}

/** A field of options that are an object. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/**
 * What Playwright takes for a function of its caller's: it sends its text to the page. It is one of our
 * own that says another text; the guest's source is never anything but text in this process.
 */
export function pageFunction(value: unknown): unknown {
  if (!(value instanceof FunctionSource)) return value;
  const { source } = value;
  const stand = () => {
    throw new Error('it is for pages');
  };
  Object.defineProperty(stand, 'toString', { value: () => source });
  return stand;
}
