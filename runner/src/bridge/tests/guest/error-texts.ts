import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { MAX_TEST_ERROR_TEXT, type TestError } from './results.ts';

const { getOwnPropertyDescriptor, stringSlice } = primordials;

/** UTF-16 units of what all errors say; beyond it each is one line. Results are bounded to 5 MiB. */
const MAX_UNITS = 1024 * 1024;
const MAX_LINE = 200;

/** Errors of one run of tests as texts, which are bounded together. */
export class ErrorTexts {
  #units = 0;

  /** What was thrown, and where, as results say it. Never throws. */
  of(thrown: unknown, where: string | undefined): TestError {
    const { name, message, stack } = core.describeError(thrown);
    const said = where === undefined ? message : `${where}: ${message}`;
    if (this.#units > MAX_UNITS) return record({ name, message: stringSlice(said, 0, MAX_LINE) });
    const error = record<TestError>({ name, message: this.#text(said) });
    this.#add(error, 'stack', stack);
    this.#add(error, 'expected', ownText(thrown, 'expected'));
    this.#add(error, 'actual', ownText(thrown, 'actual'));
    return error;
  }

  #add(error: TestError, key: 'stack' | 'expected' | 'actual', text: string | undefined): void {
    if (text !== undefined) error[key] = this.#text(text);
  }

  #text(text: string): string {
    const cut = stringSlice(text, 0, MAX_TEST_ERROR_TEXT);
    this.#units += cut.length;
    return cut;
  }
}

/** An error's own data as a console would show it: no getter is asked. */
function ownText(thrown: unknown, key: string): string | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    const found = getOwnPropertyDescriptor(thrown, key);
    const value = found && (record(found).value as unknown);
    if (value === undefined) return undefined;
    return typeof value === 'string' ? value : core.inspect(value);
  } catch {
    return undefined;
  }
}
