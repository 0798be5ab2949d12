import { isArray, list, max, objectKeys, padEnd, record, repeat } from './intrinsics.ts';
import { inspectValue } from './inspect.ts';
import { ownData } from './read.ts';

const MAX_ROWS = 100;
const MAX_COLUMNS = 20;
const INDEX_COLUMN = '(index)';
const VALUES_COLUMN = 'Values';

type Cells = Record<string, string>;

/** An array or object of rows as a table; `undefined` when the value has no rows. */
export function tableText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const columns = list(INDEX_COLUMN);
  const known = record<Record<string, true>>({ [INDEX_COLUMN]: true });
  const rows = list<Cells>();
  const names = objectKeys(value);
  let plain = false;
  for (let i = 0; i < names.length && i < MAX_ROWS; i++) {
    const row = ownData(value, names[i]!);
    const cells = record<Cells>({ [INDEX_COLUMN]: names[i]! });
    if (typeof row === 'object' && row !== null) addFields(row, cells, columns, known);
    else {
      plain = true;
      cells[VALUES_COLUMN] = inspectValue(row, 0);
    }
    rows[rows.length] = cells;
  }
  if (plain && !known[VALUES_COLUMN]) columns[columns.length] = VALUES_COLUMN;
  return drawn(columns, rows);
}

function addFields(
  row: object,
  cells: Cells,
  columns: string[],
  known: Record<string, true>,
): void {
  const names = objectKeys(row);
  for (let i = 0; i < names.length && columns.length <= MAX_COLUMNS; i++) {
    const name = names[i]!;
    if (!known[name]) columns[columns.length] = name;
    known[name] = true;
    cells[name] = inspectValue(ownData(row, name), isArray(row) ? 0 : 1);
  }
}

function drawn(columns: readonly string[], rows: readonly Cells[]): string {
  const widths = list<number>();
  for (let c = 0; c < columns.length; c++) {
    let width = columns[c]!.length;
    for (let r = 0; r < rows.length; r++) width = max(width, rows[r]![columns[c]!]?.length ?? 0);
    widths[c] = width + 2;
  }
  const header = record<Cells>({});
  for (let c = 0; c < columns.length; c++) header[columns[c]!] = columns[c]!;
  let text = `${ruleText('┌┬┐', widths)}\n${rowText(header, columns, widths)}\n`;
  text += ruleText('├┼┤', widths);
  for (let r = 0; r < rows.length; r++) text += `\n${rowText(rows[r]!, columns, widths)}`;
  return `${text}\n${ruleText('└┴┘', widths)}`;
}

function ruleText(corners: string, widths: readonly number[]): string {
  let text = corners[0]!;
  for (let i = 0; i < widths.length; i++) {
    text += repeat('─', widths[i]!) + (i === widths.length - 1 ? corners[2]! : corners[1]!);
  }
  return text;
}

function rowText(cells: Cells, columns: readonly string[], widths: readonly number[]): string {
  let text = '│';
  for (let i = 0; i < columns.length; i++) {
    text += `${padEnd(` ${cells[columns[i]!] ?? ''}`, widths[i]!)}│`;
  }
  return text;
}
