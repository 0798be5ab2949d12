import { readdir, readFile } from 'node:fs/promises';

/** The processes of a pod's containers, as this machine sees them. */
export async function processesOf(podUid: string): Promise<{ pid: number; command: string }[]> {
  const names = await readdir('/proc');
  // cgroupfs writes the uid as it is, systemd with other separators.
  const marks = [podUid, podUid.replaceAll('-', '_')];
  const found = names
    .filter((name) => /^\d+$/.test(name))
    .map(async (name) => {
      const [cgroup, command] = await Promise.all(
        ['cgroup', 'cmdline'].map((file) =>
          readFile(`/proc/${name}/${file}`, 'utf8').catch(() => ''),
        ),
      );
      const mine = marks.some((mark) => cgroup!.includes(mark));
      return mine ? [{ pid: Number(name), command: command!.replaceAll('\0', ' ') }] : [];
    });
  return (await Promise.all(found)).flat();
}

/** Ends a pod's processes as a machine that fails would; answers how many there were. */
export async function killPod(podUid: string, matching = /./): Promise<number> {
  const processes = await processesOf(podUid);
  const victims = processes.filter(
    ({ command }) => matching.test(command) && !/^\S*pause/.test(command),
  );
  for (const { pid } of victims) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended with another one.
    }
  }
  return victims.length;
}
