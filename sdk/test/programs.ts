import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { privateFolder, processesOf, until } from './harness.ts';

const execute = promisify(execFile);
const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** A project of somebody who embeds Cofferdam; the daemons of its programs end with the tests. */
export function consumerProject() {
  const folder = privateFolder();
  const daemons = () => processesOf(`--socket ${folder}`);
  afterAll(async () => {
    for (const pid of daemons()) process.kill(pid, 'SIGTERM');
    await until(() => daemons().length === 0);
  });
  return {
    folder,
    /** Makes a package of the workspace's node_modules one of the project's. */
    link(name: string, target = join(MODULES, name)): void {
      const place = join(folder, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      symlinkSync(target, place);
    },
    /** Standard output of a program, which is to succeed without a word on standard error. */
    async run(program: string, args: readonly string[], share = 'shared'): Promise<string> {
      // The default socket is in there: those that share it share a daemon.
      const sockets = join(folder, share);
      mkdirSync(sockets, { recursive: true, mode: 0o700 });
      const env = { PATH: process.env.PATH, HOME: folder, XDG_RUNTIME_DIR: sockets };
      const { stdout, stderr } = await execute(program, [...args], { cwd: folder, env });
      if (stderr !== '') throw new Error(stderr);
      return stdout;
    },
    /** What the daemons run on that programs share. */
    daemonsOf: (share: string) =>
      processesOf(`--socket ${join(folder, share)}/`).map((pid) =>
        readlinkSync(`/proc/${pid}/exe`),
      ),
  };
}

/** The Node that runs the tests, and the host's own where that is another one. */
export function nodesHere(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const own = folders
    .filter((folder) => folder !== '' && !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .find((path) => existsSync(path));
  const nodes = [process.execPath, ...(own === undefined ? [] : [own])];
  return [...new Set(nodes.map((path) => realpathSync(path)))];
}
