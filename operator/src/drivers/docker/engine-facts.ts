import type Docker from 'dockerode';
import { CofferdamError, parser } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

const text = Type.String({ maxLength: 4_096 });

/** How the engine starts one kind of container, as its daemon.json says. */
const RuntimeSchema = Type.Object({
  path: Type.Optional(text),
  runtimeArgs: Type.Optional(Type.Union([Type.Array(text, { maxItems: 64 }), Type.Null()])),
  /** Of a runtime that is a containerd shim; its options are in a file that only the engine reads. */
  runtimeType: Type.Optional(text),
});
export type EngineRuntime = Static<typeof RuntimeSchema>;

const EngineFactsSchema = Type.Object({
  Runtimes: Type.Optional(Type.Record(Type.String({ maxLength: 128 }), RuntimeSchema)),
  SecurityOptions: Type.Optional(Type.Union([Type.Array(text, { maxItems: 64 }), Type.Null()])),
  MemoryLimit: Type.Optional(Type.Boolean()),
  PidsLimit: Type.Optional(Type.Boolean()),
  SwapLimit: Type.Optional(Type.Boolean()),
});
export type EngineFacts = Static<typeof EngineFactsSchema>;

const readFacts = parser(EngineFactsSchema);

/** What the engine says of itself; throws `INVALID_CONFIG` when nobody answers there. */
export async function askEngine(docker: Docker, address: string): Promise<EngineFacts> {
  let answer: unknown;
  try {
    answer = await docker.info();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CofferdamError('INVALID_CONFIG', `${sentence(code, address)} (${message})`);
  }
  return readFacts(answer);
}

function sentence(code: string | undefined, address: string): string {
  if (code === 'EACCES')
    return `this user may not use the Docker engine at ${address}; it must be in the group docker, which is as good as root`;
  return `no Docker engine answers at ${address}; start it, or say where it is with --docker-host unix:///…`;
}

/**
 * Throws `INVALID_CONFIG` for an engine that would take a limit and not keep it: it only warns of that
 * when a container is made.
 */
export function requireLimits({ MemoryLimit, PidsLimit }: EngineFacts): void {
  const missing = [
    ...(MemoryLimit === false ? ['memory'] : []),
    ...(PidsLimit === false ? ['pids'] : []),
  ];
  if (missing.length === 0) return;
  throw new CofferdamError(
    'INVALID_CONFIG',
    `the Docker engine cannot limit ${missing.join(' and ')} of a container: this kernel's control groups lack it (on a Raspberry Pi add cgroup_enable=memory cgroup_memory=1 to /boot/firmware/cmdline.txt and reboot)`,
  );
}

/** Throws `INVALID_CONFIG` where nothing filters the system calls of a container without gVisor. */
export function requireSeccomp({ SecurityOptions }: EngineFacts): void {
  const option = (SecurityOptions ?? []).find((each) => /^name=seccomp\b/.test(each));
  if (option !== undefined && !option.includes('profile=unconfined')) return;
  throw new CofferdamError(
    'INVALID_CONFIG',
    'the Docker engine filters no system calls (seccomp), so --allow-runc would leave the kernel open to whoever breaks out of V8',
  );
}
