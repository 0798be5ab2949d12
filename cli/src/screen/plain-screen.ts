import { eventLines } from './event-line.ts';
import type { Screen } from './screen.ts';

/** A line for each event: for a pipe, a file or a journal. */
export function plainScreen(write: (text: string) => void): Screen {
  let waiting: string[] | undefined = [];
  const note = (line: string) => {
    const text = `${new Date().toISOString()} ${line}\n`;
    if (waiting) waiting.push(text);
    else write(text);
  };
  const start = () => {
    for (const text of waiting ?? []) write(text);
    waiting = undefined;
  };
  return {
    note,
    onEvent: (event) => {
      for (const line of eventLines(event)) note(line);
    },
    start,
    // An instance that did not start says why in one sentence of its own.
    close: () => {},
  };
}
