import { readdirSync, readFileSync } from 'node:fs';
import { API, type Checker, type Project, type Type } from 'typescript/unstable/sync';
import { isFunctionDeclaration, isVariableStatement } from 'typescript/unstable/ast/is';
import type { SourceFile } from 'typescript/unstable/ast';

/** The members of one global: its own, and those of what it makes. */
export interface Members {
  own: string[];
  made?: string[];
}

const TYPES = new URL('../../typecheck/types/', import.meta.url).pathname;
const OPTIONS = {
  target: 'es2025',
  lib: ['es2025', 'esnext.array', 'esnext.disposable', 'esnext.error'],
  types: [],
  noEmit: true,
};

/** The globals that the declarations of a preset add to the language, by name. */
export function declaredGlobals(preset: string): Map<string, Members> {
  const config = `${TYPES}tsconfig.${preset}.json`;
  const files = [`preset-${preset}.d.ts`];
  const text = JSON.stringify({ compilerOptions: OPTIONS, files });
  const readFile = (path: string) => (path === config ? text : undefined);
  const api = new API({ cwd: TYPES, fs: { readFile } });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
    return globalsOf(project);
  } finally {
    api.close();
  }
}

/** The members of interfaces that the declarations of a group have, by their names. */
export function declaredInterfaces(group: string, names: readonly string[]): Map<string, string[]> {
  const file = `${TYPES}${group}.d.ts`;
  const config = `${TYPES}tsconfig.${group}-interfaces.json`;
  const text = JSON.stringify({ compilerOptions: OPTIONS, files: [file] });
  const readFile = (path: string) => (path === config ? text : undefined);
  const api = new API({ cwd: TYPES, fs: { readFile } });
  try {
    const { checker } = api.updateSnapshot({ openProjects: [config] }).getProject(config)!;
    const files = partsOf(group);
    return new Map(
      names.map((name) => {
        const { path, at } = placeOfInterface(files, name);
        return [name, namesOf(checker, checker.getTypeAtPosition(path, at)!)];
      }),
    );
  } finally {
    api.close();
  }
}

/** The file of a group, and those that it is in parts of. */
function partsOf(group: string): { path: string; text: string }[] {
  return readdirSync(TYPES)
    .filter((name) => name === `${group}.d.ts` || name.startsWith(`${group}-`))
    .map((name) => ({ path: TYPES + name, text: readFileSync(TYPES + name, 'utf8') }));
}

function placeOfInterface(files: ReturnType<typeof partsOf>, name: string) {
  const start = new RegExp(`\\binterface ${name}\\b`);
  const file = files.find(({ text }) => start.test(text));
  if (!file) throw new Error(`there is no interface ${name}`);
  return { path: file.path, at: file.text.search(start) + 'interface '.length };
}

function globalsOf({ program, checker }: Project): Map<string, Members> {
  const globals = new Map<string, Members>();
  for (const path of program.getSourceFileNames().filter((name) => name.startsWith(TYPES))) {
    for (const [name, position] of valuesIn(program.getSourceFile(path)!)) {
      globals.set(name, membersOf(checker, checker.getTypeAtPosition(path, position)!));
    }
  }
  return globals;
}

function valuesIn(file: SourceFile): [name: string, position: number][] {
  return file.statements.flatMap((statement): [string, number][] => {
    if (isFunctionDeclaration(statement)) return [placeOf(file, statement.name!)];
    if (!isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.map(({ name }) => placeOf(file, name));
  });
}

function placeOf(file: SourceFile, node: { pos: number; end: number }): [string, number] {
  const text = readFileSync(file.fileName, 'utf8').slice(node.pos, node.end);
  return [text.trim(), node.end - text.trim().length];
}

function membersOf(checker: Checker, type: Type): Members {
  const own = namesOf(checker, type);
  const prototype = checker.getPropertiesOfType(type).find(({ name }) => name === 'prototype');
  const made = prototype && checker.getTypeOfSymbol(prototype);
  return made ? { own, made: namesOf(checker, made) } : { own };
}

/** A symbol of the language is `__@iterator@12` to the checker, and `Symbol(Symbol.iterator)` in a guest. */
function namesOf(checker: Checker, type: Type): string[] {
  return checker
    .getPropertiesOfType(type)
    .map(({ name }) => name.replace(/^.*@(\w+)@\d+$/, 'Symbol(Symbol.$1)'))
    .filter((name) => name !== 'prototype');
}
