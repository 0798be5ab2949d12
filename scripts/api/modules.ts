import type { Project, Symbol } from 'typescript/unstable/sync';
import { entryOf, type Entry } from './entry.ts';
import type { Module } from './page.ts';
import { openProgram, ROOT } from './program.ts';

/** An entry of the package, by the file of its source. */
export interface EntryFile {
  specifier: string;
  file: string;
  about: string;
}

const ALIAS = 2_097_152;

/** What each entry exports, in the order of the sources; what two of them export counts for the first. */
export async function readModules(files: readonly EntryFile[]): Promise<Module[]> {
  const { project, close } = openProgram(files.map(({ file }) => file));
  try {
    const seen = new Set<number>();
    const modules: Module[] = [];
    for (const { specifier, file, about } of files) {
      const symbols = exportsOf(file, project).filter(({ id }) => !seen.has(id));
      for (const { id } of symbols) seen.add(id);
      // eslint-disable-next-line no-await-in-loop -- two
      modules.push({ specifier, about, entries: await entriesOf(symbols, project) });
    }
    return modules;
  } finally {
    close();
  }
}

function exportsOf(file: string, { program, checker }: Project): Symbol[] {
  const source = program.getSourceFile(`${ROOT}${file}`);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} is no module`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ALIAS ? checker.getAliasedSymbol(symbol) : symbol));
}

async function entriesOf(symbols: readonly Symbol[], project: Project): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const symbol of symbols) {
    // eslint-disable-next-line no-await-in-loop -- in order
    entries.push(await entryOf(symbol, project));
  }
  return entries;
}
