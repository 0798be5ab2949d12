import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ElectionTiming } from '@cofferdam/operator/kubernetes';

export interface Said {
  what: 'act' | 'refused';
  epoch: number;
  /** Nanoseconds on a clock that all processes share. */
  at: bigint;
}

/** A candidate that runs in a process of its own. */
export interface Candidate {
  readonly said: Said[];
  signal(signal: NodeJS.Signals): void;
  /** Ends it, with SIGTERM unless another signal is named, and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

export function startCandidate(
  kubeconfig: string,
  lease: string,
  timing: ElectionTiming,
): Candidate {
  const script = path.join(import.meta.dirname, 'leader-process.ts');
  const child = spawn(process.execPath, [script, kubeconfig, lease, JSON.stringify(timing)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const said: Said[] = [];
  createInterface(child.stdout).on('line', (line) => {
    const [what, epoch, at] = line.split(' ');
    said.push({ what: what as Said['what'], epoch: Number(epoch), at: BigInt(at ?? 0) });
  });
  return {
    said,
    signal: (signal) => child.kill(signal),
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      // A stopped process takes no other signal.
      child.kill('SIGCONT');
      await exited;
    },
  };
}
