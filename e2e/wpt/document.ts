import { readFile, writeFile } from 'node:fs/promises';
import type { Report } from './report.ts';

const FILE = new URL('../../docs/web-platform.md', import.meta.url);

/** Puts a run's figures in the place of those that the document has, between its marks. */
export async function writeFigures(report: Report): Promise<void> {
  let text = await readFile(FILE, 'utf8');
  text = between(text, 'figures', report.table());
  text = between(text, 'gaps', report.reasons('gap'));
  text = between(text, 'out-of-scope', report.reasons('outOfScope'));
  await writeFile(FILE, text);
}

function between(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`docs/web-platform.md has no place for ${name}`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
