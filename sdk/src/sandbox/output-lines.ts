import type { PortLine } from '../port/peer.ts';

const MAX_LINES = 10_000;
const MAX_UNITS = 1024 * 1024;
/** Groups beyond this are indented no further. */
const MAX_INDENT = 20;
const CUT = '[further lines were dropped]';

/** Lines of one stream of a run's console, as many as are kept. */
class Lines {
  readonly lines: string[] = [];
  #units = 0;
  #isCut = false;

  add(line: string): void {
    if (this.#isCut) return;
    this.#units += line.length;
    this.#isCut = this.#units > MAX_UNITS || this.lines.length >= MAX_LINES;
    this.lines.push(this.#isCut ? CUT : line);
  }
}

/** What a run wrote to its console. */
export class OutputLines {
  readonly #stdout = new Lines();
  readonly #stderr = new Lines();

  add({ level, text, groupDepth }: PortLine): void {
    const stream = level === 'warn' || level === 'error' ? this.#stderr : this.#stdout;
    const margin = '  '.repeat(Math.min(groupDepth, MAX_INDENT));
    stream.add(margin === '' ? text : margin + text.replaceAll('\n', `\n${margin}`));
  }

  get read(): { stdout: string[]; stderr: string[] } {
    return { stdout: this.#stdout.lines, stderr: this.#stderr.lines };
  }
}
