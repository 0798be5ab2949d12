import Docker from 'dockerode';
import { expect, inject } from 'vitest';
import { RUNNER_LABEL } from '../../e2e/docker/rig.ts';
import { targetName, type Target } from '../src/target.ts';
import { MemoryGroup } from './cgroup.ts';
import { MemoryMeter, type Peaks } from './memory.ts';

/** A look from outside that lasts as long as a trial. */
export interface Watch {
  /** Fails where a runner that was there has ended or was started anew. */
  end(): Promise<Peaks>;
}

/** What the machine has of an instance: its runners, and what they take. */
export interface Surroundings {
  watch(): Promise<Watch>;
}

export function surroundingsOf(target: Target): Surroundings {
  return targetName === 'process' ? processSurroundings(target) : containerSurroundings();
}

/** Runners are processes, and the children of each can be measured. */
function processSurroundings({ instance }: Target): Surroundings {
  return {
    async watch() {
      const before = await instance.processesOf('runner');
      const meters = before.map((pid) => new MemoryMeter(pid));
      return {
        async end() {
          const peaks = meters.map((meter) => meter.stop());
          // eslint-disable-next-line vitest/no-standalone-expect -- for tests to call
          expect(await instance.processesOf('runner')).toEqual(expect.arrayContaining(before));
          return most(peaks);
        },
      };
    },
  };
}

/** Runners are containers: the kernel counts what each of them takes, all in all. */
function containerSurroundings(): Surroundings {
  const docker = new Docker({ socketPath: inject('dockerHost').replace('unix://', '') });
  return {
    async watch() {
      const before = await startedContainers(docker);
      const groups = before.map(({ pid }) => new MemoryGroup(pid));
      for (const group of groups) group.forgetPeak();
      const rest = groups.map((group) => group.bytes);
      return {
        async end() {
          const peaks = groups.map(({ peakBytes }, index): Peaks => {
            return { growthBytes: peakBytes - rest[index]!, togetherBytes: peakBytes };
          });
          // eslint-disable-next-line vitest/no-standalone-expect -- for tests to call
          expect(await startedContainers(docker)).toEqual(expect.arrayContaining(before));
          return most(peaks);
        },
      };
    },
  };
}

async function startedContainers(docker: Docker) {
  const containers = await docker.listContainers({ filters: { label: [RUNNER_LABEL] } });
  const known = await Promise.all(
    containers.map(async ({ Id }) => docker.getContainer(Id).inspect()),
  );
  return known.map(({ Id, State: { Pid, StartedAt } }) => ({ id: Id, pid: Pid, at: StartedAt }));
}

function most(peaks: readonly Peaks[]): Peaks {
  const of = (field: keyof Peaks) => Math.max(0, ...peaks.map((each) => each[field]));
  return { growthBytes: of('growthBytes'), togetherBytes: of('togetherBytes') };
}
