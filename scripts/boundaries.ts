import { builtinModules } from 'node:module';
import { posix } from 'node:path';

/** Which rooms each room may import, by room. */
export type RoomTable = Map<string, Set<string>>;

/** An import that a boundary forbids. */
interface Breach {
  file: string;
  specifier: string;
  reason: string;
}

const PACKAGE = /^@cofferdam\/([a-z]+)/;
const IMPORT =
  /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/** Reads the table `| room | what lives there | may import |` of docs/architecture.md. */
export function readRoomTable(markdown: string): RoomTable {
  const table: RoomTable = new Map();
  for (const line of markdown.split('\n')) {
    const row = /^\| `([a-z]+)\/` +\|.*\|([^|]*)\|\s*$/.exec(line);
    if (row) table.set(row[1]!, new Set(row[2]!.match(/[a-z]+/g)));
  }
  for (const allowed of table.values()) {
    if (allowed.has('all')) for (const room of table.keys()) allowed.add(room);
  }
  return table;
}

function importsOf(source: string): string[] {
  return [...source.matchAll(IMPORT)].map((match) => (match[1] ?? match[2] ?? match[3])!);
}

/** Code that runs inside a guest's realm: under `guest/`, `guest.ts`, or `<name>.guest.ts`. */
function isGuestPath(file: string): boolean {
  return /(^|\/)guest\/|(^|[/.])guest\.ts$/.test(file);
}

/** What one file, given by its path from the root, imports against the rules. */
export function breachesOf(file: string, source: string, table: RoomTable): Breach[] {
  const room = file.split('/')[0]!;
  const isTest = file.endsWith('.test.ts') || file.startsWith(`${room}/test/`);
  return importsOf(source).flatMap((specifier) => {
    const reason =
      roomBreach({ file, room, specifier, isTest }, table) ??
      (isGuestPath(file) && !isTest ? guestBreach(file, specifier) : undefined);
    return reason === undefined ? [] : [{ file, specifier, reason }];
  });
}

interface Import {
  file: string;
  room: string;
  specifier: string;
  isTest: boolean;
}

function roomBreach(made: Import, table: RoomTable) {
  const { room, specifier, isTest } = made;
  const allowed = table.get(room);
  if (!allowed) return undefined; // bench, scripts and e2e look at the whole
  if (specifier.startsWith('.')) return pathBreach(made, table);
  const target = PACKAGE.exec(specifier)?.[1];
  // An integration test looks at its room from outside, with what stands beside it.
  if (target === undefined || target === room || allowed.has(target) || isTest) return undefined;
  return `${room}/ may not import ${target}/ (docs/architecture.md)`;
}

function pathBreach({ file, room, specifier, isTest }: Import, table: RoomTable) {
  const [target = room, folder] = posix.join(posix.dirname(file), specifier).split('/');
  if (target === room || !table.has(target)) return undefined;
  // What helps another room's tests is in no package.
  if (isTest && folder === 'test') return undefined;
  return `another room is imported by its package, @cofferdam/${target}`;
}

function guestBreach(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    return 'there is no Node inside a guest';
  }
  if (specifier.startsWith('@cofferdam/')) return 'a guest imports no room';
  if (!specifier.startsWith('.')) return undefined;
  const target = posix.join(posix.dirname(file), specifier);
  return isGuestPath(target) ? undefined : 'guest code may import only guest paths';
}
