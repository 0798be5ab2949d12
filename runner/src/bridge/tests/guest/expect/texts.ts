import { primordials } from '../../../../guest/captured.ts';
import { record } from '../../../../guest/interface.ts';
import { Printer, type PrintOptions } from './printer.ts';

const { RangeError, stringIndexOf } = primordials;

/** UTF-16 units of a value within a sentence. */
const BRIEF_TEXT = 160;
/** Of one that is compared line by line. */
const WHOLE_TEXT = 64 * 1024;
/** Of one that a snapshot is compared with. */
const SNAPSHOT_TEXT = 1024 * 1024;

const messages = record({ escapeRegex: false, functionNames: true, errorFields: false });
const BRIEF: PrintOptions = record({ ...messages, compact: true, maxText: BRIEF_TEXT });
const WHOLE: PrintOptions = record({
  ...messages,
  compact: false,
  errorFields: true,
  maxText: WHOLE_TEXT,
});
const SNAPSHOT: PrintOptions = record({
  escapeRegex: true,
  functionNames: false,
  errorFields: false,
  compact: false,
  maxText: SNAPSHOT_TEXT,
});

/** What getters and `toJSON` throw fails the assertion's text, and not the assertion's way. */
function printed(value: unknown, options: PrintOptions): string {
  try {
    return new Printer(options).text(value);
  } catch {
    return '[unreadable]';
  }
}

/** A value within a sentence, on one line. */
export function brief(value: unknown): string {
  const text = printed(value, BRIEF);
  if (stringIndexOf(text, '\n') === -1) return text;
  let line = '';
  for (let i = 0; i < text.length; i++) line += text[i] === '\n' ? '\\n' : text[i];
  return line;
}

/** A value over several lines, for people. */
export function whole(value: unknown): string {
  return printed(value, WHOLE);
}

/** The text that a snapshot of a value has. Throws what its getters throw, and for what is too large. */
export function snapshotText(value: unknown): string {
  const printer = new Printer(SNAPSHOT);
  const text = printer.text(value);
  if (printer.isCut) {
    throw new RangeError(`the value's text has more than ${SNAPSHOT_TEXT} characters`);
  }
  return text;
}
