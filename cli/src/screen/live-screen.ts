import { describeProblem, oneLine } from '@cofferdam/operator';
import { eventLines } from './event-line.ts';
import { renderTable } from './table.ts';
import type { Screen, Shown } from './screen.ts';

export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
  hasColors?(): boolean;
}

/** Times are shown in seconds. */
const TICK_MS = 1_000;
/** Many events of one moment are one picture. */
const FRAME_MS = 100;
const NOTES = 4;

/** The terminal draws the whole picture at once; lines that are too long are cut, not wrapped. */
const BEGIN = '\u001b[?2026h\u001b[?7l\u001b[?25l';
const END = '\u001b[?7h\u001b[?2026l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const upBy = (lines: number) => (lines > 0 ? `\u001b[${lines}A\r` : '\r');

/** A table that is drawn over itself whenever something changed. */
export class LiveScreen implements Screen {
  readonly #terminal: Terminal;
  readonly #shown: () => Shown | undefined;
  readonly #notes: string[] = [];
  #ticker: NodeJS.Timeout | undefined;
  readonly #onResize = () => this.#redrawAll();
  #frame: NodeJS.Timeout | undefined;
  #drawn = 0;
  #closed = false;

  constructor(terminal: Terminal, shown: () => Shown | undefined) {
    this.#terminal = terminal;
    this.#shown = shown;
  }

  start(): void {
    this.#ticker = setInterval(() => this.#draw(), TICK_MS);
    this.#terminal.on('resize', this.#onResize);
    this.#draw();
  }

  onEvent(event: Parameters<Screen['onEvent']>[0]): void {
    // The table says what ran and how; the notes below say what it cannot.
    if (event.type !== 'run' && event.type !== 'start' && event.type !== 'problems') {
      for (const line of eventLines(event)) this.#remember(line);
    }
    this.#later();
  }

  note(line: string): void {
    this.#remember(line);
    this.#later();
  }

  close(): void {
    if (!this.#ticker || this.#closed) return;
    this.#draw();
    this.#closed = true;
    clearInterval(this.#ticker);
    clearTimeout(this.#frame);
    this.#terminal.off('resize', this.#onResize);
    this.#terminal.write(SHOW_CURSOR);
  }

  #remember(line: string): void {
    this.#notes.push(`${new Date().toLocaleTimeString('en-GB')} ${line}`);
    if (this.#notes.length > NOTES) this.#notes.shift();
  }

  #later(): void {
    if (!this.#ticker || this.#closed) return;
    this.#frame ??= setTimeout(() => {
      this.#frame = undefined;
      this.#draw();
    }, FRAME_MS);
  }

  /** Wrapped lines of the old width cannot be counted: the picture begins anew below. */
  #redrawAll(): void {
    this.#terminal.write(`\r${CLEAR_BELOW}`);
    this.#drawn = 0;
    this.#draw();
  }

  #draw(): void {
    if (this.#closed) return;
    const lines = this.#picture();
    const body = lines.map((line) => `${line}${CLEAR_LINE}\n`).join('');
    this.#terminal.write(`${BEGIN}${upBy(this.#drawn)}${body}${CLEAR_BELOW}${END}`);
    this.#drawn = lines.length;
  }

  #picture(): string[] {
    const { columns = 100, rows = 40 } = this.#terminal;
    const shown = this.#shown();
    const color = this.#terminal.hasColors?.() ?? false;
    const table = shown ? renderTable(shown.list(), { now: Date.now(), columns, color }) : [];
    const problems = (shown?.problems() ?? []).map((problem) => `! ${describeProblem(problem)}`);
    const below = [...problems.slice(0, NOTES), ...this.#notes].map((line) =>
      oneLine(line, columns),
    );
    // One line stays free: a full screen would scroll, and the next picture would miss its place.
    const room = Math.max(1, rows - 2 - below.length);
    const hidden = table.length - room;
    const visible = hidden > 0 ? [...table.slice(0, room - 1), `… and ${hidden + 1} more`] : table;
    return [...visible, '', ...below];
  }
}
