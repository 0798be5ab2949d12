import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PoolDemand } from '@cofferdam/protocol';
import type { RunnerRegistry } from '../src/core/runners/registry.ts';
import { announce } from './peer.ts';

const mainOf = (room: string) =>
  fileURLToPath(new URL(`../../${room}/src/main.ts`, import.meta.url));

export interface EgressSockets {
  socket: string;
  control: string;
}

/** Starts the real way out in a folder; resolves when it listens. */
export async function startEgress(dir: string): Promise<EgressSockets & { process: ChildProcess }> {
  const [socket, control] = [join(dir, 'egress.sock'), join(dir, 'control.sock')];
  const process = start('egress', {
    COFFERDAM_EGRESS_SOCKET: socket,
    COFFERDAM_EGRESS_CONTROL_SOCKET: control,
  });
  await Promise.all([listening(socket), listening(control)]);
  return { socket, control, process };
}

/** Starts a real runner that the registry knows of. */
export function startRunner(
  registry: RunnerRegistry,
  addresses: { gateway: string; egress: string },
): ChildProcess {
  const token = randomBytes(32).toString('base64url');
  announce(registry, token);
  return start('runner', {
    COFFERDAM_GATEWAY: addresses.gateway,
    COFFERDAM_EGRESS: addresses.egress,
    COFFERDAM_JOIN_TOKEN: token,
  });
}

/** Starts a runner for each one that is missing. */
export function onMissing(onOne: () => void) {
  return ({ waiting, unbound, expected }: PoolDemand): void => {
    if (waiting > unbound + expected) onOne();
  };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}

function start(room: string, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [mainOf(room)], { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

async function listening(path: string): Promise<void> {
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await sleep(20);
    } finally {
      socket.destroy();
    }
  }
}
