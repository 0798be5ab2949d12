import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessMemory {
  pid: number;
  command: string;
  /** Proportional set size: what is shared counts in parts. */
  pssMiB: number;
}

/** A process and all its descendants, each with its proportional set size. */
export function memoryOfTree(root: number): ProcessMemory[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (Number.isInteger(pid)) parents.set(pid, parentOf(pid));
  }
  const isBelow = (pid: number): boolean => {
    for (let at = pid; at > 0; at = parents.get(at) ?? 0) if (at === root) return true;
    return false;
  };
  return [...parents.keys()].filter(isBelow).flatMap(memoryOf);
}

export function totalMiB(processes: readonly ProcessMemory[]): number {
  return processes.reduce((sum, { pssMiB }) => sum + pssMiB, 0);
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

function memoryOf(pid: number): ProcessMemory[] {
  const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  if (!pss) return [];
  const command = read(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);
  const shown = command
    .slice(0, 1)
    .concat(command.slice(1).filter((word) => !word.startsWith('-')));
  return [
    { pid, command: shown.map(lastParts).join(' ').slice(0, 100), pssMiB: Number(pss[1]) / 1024 },
  ];
}

function lastParts(path: string): string {
  return path.split('/').slice(-3).join('/');
}

/** A process may end while it is looked at. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
