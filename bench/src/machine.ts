import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';

/** The machine that the figures were measured on, in numbers and not in names of its owner. */
export function machine() {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    arch: arch(),
    node: process.versions.node,
    v8: process.versions.v8,
    loadAverage: Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]),
  };
}
