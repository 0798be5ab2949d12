import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import { availableParallelism, freemem, loadavg, tmpdir, totalmem, uptime } from 'node:os';
import { join } from 'node:path';

/** Entries of the temporary folder that are looked at, so that a full one does not slow the answer. */
const MAX_ENTRIES = 200;
const THERMAL = '/sys/class/thermal';

export interface Disk {
  mount: string;
  totalBytes: number;
  freeBytes: number;
  /** 0 to 100. */
  usedPercent: number;
}

export interface Reading {
  name: string;
  value: number;
  unit: string;
}

/** The file systems that hold the root, the temporary and the current folder, each once. */
export async function disks(): Promise<Disk[]> {
  const found = new Map<string, Disk>();
  for (const mount of ['/', tmpdir(), process.cwd()]) {
    // eslint-disable-next-line no-await-in-loop -- three of them
    const { bsize, blocks, bavail, type } = await statfs(mount);
    const key = `${type}:${blocks}:${bsize}`;
    if (found.has(key) || blocks === 0) continue;
    const usedPercent = Math.round((1 - bavail / blocks) * 1000) / 10;
    found.set(key, { mount, totalBytes: blocks * bsize, freeBytes: bavail * bsize, usedPercent });
  }
  return [...found.values()];
}

/** The temporary folder as a queue: how many entries wait in it, and for how long. */
export async function queue(): Promise<{ pending: number; oldestSeconds: number }> {
  const names = await readdir(tmpdir());
  const times = await Promise.all(
    names.slice(0, MAX_ENTRIES).map((name) =>
      stat(join(tmpdir(), name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => Date.now(),
      ),
    ),
  );
  const oldest = Math.min(Date.now(), ...times);
  return { pending: names.length, oldestSeconds: Math.round((Date.now() - oldest) / 1000) };
}

/** What this machine can measure of itself. */
export async function sensors(): Promise<Reading[]> {
  const cores = availableParallelism();
  return [
    { name: 'load', value: round((loadavg()[0] ?? 0) / cores), unit: 'per core' },
    { name: 'memory', value: round((1 - freemem() / totalmem()) * 100), unit: '% used' },
    { name: 'uptime', value: Math.round(uptime()), unit: 's' },
    ...(await temperatures()),
  ];
}

/** Empty on machines (and in virtual ones) without thermal sensors. */
async function temperatures(): Promise<Reading[]> {
  const zones = await readdir(THERMAL).catch(() => []);
  const readings = zones
    .filter((zone) => zone.startsWith('thermal_zone'))
    .map(async (zone): Promise<Reading[]> => {
      const text = await readFile(join(THERMAL, zone, 'temp'), 'utf8').catch(() => '');
      const value = Number(text) / 1000;
      return text === '' || !Number.isFinite(value) ? [] : [{ name: zone, value, unit: '°C' }];
    });
  return (await Promise.all(readings)).flat();
}

const round = (value: number) => Math.round(value * 100) / 100;
