import type { ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import {
  DEFAULT_LIMITS,
  type Limits,
  type ResolvedScript,
  type ResolvedServer,
} from '@cofferdam/protocol';
import { catalogueDirectory, httpRig, type HttpRig } from './http-rig.ts';
import { tempDir } from './peer.ts';
import { onMissing, startEgress, startRunner, stop } from './processes.ts';

const SETTINGS: ResolvedServer = {
  minInstances: 0,
  maxInstances: 4,
  concurrency: 32,
  idleMs: 60_000,
  suspended: false,
};

type Given = Partial<Omit<ResolvedScript, 'server' | 'limits'>> & {
  server?: Partial<ResolvedServer>;
  limits?: Partial<Limits>;
};

/** A script of mode `server` as an operator publishes it. */
export function serverScript(code: string, given: Given = {}): ResolvedScript {
  const { server, limits, ...rest } = given;
  const name = rest.name ?? 'shop';
  return {
    ...{ uid: `uid-${name}`, namespace: 'default', name, generation: 1, engine: 'isolate' },
    ...{ code, language: 'auto', preset: 'web', reuse: 'none', mode: 'server' },
    ...{ env: {}, net: [], maxRequests: 10, history: 1 },
    ...rest,
    limits: { ...DEFAULT_LIMITS, ...limits },
    server: { ...SETTINGS, ...server },
  } as ResolvedScript;
}

export interface ServerRig extends HttpRig {
  runners: ChildProcess[];
  publish(...scripts: ResolvedScript[]): void;
  /** Of the script `default/shop`, or of this one. */
  status(name?: string): ReturnType<HttpRig['gateway']['core']['servers']['status']>;
}

/** A gateway with real runners and a real way out. */
export async function serverRig(
  config: Parameters<typeof httpRig>[0] = {},
  { runners: starts = 1, ...over }: { runners?: number } & Parameters<typeof httpRig>[3] = {},
): Promise<ServerRig> {
  const dir = await tempDir();
  const egress = await startEgress(dir);
  const wayOut = { control: egress.control, allowPrivate: ['127.0.0.0/8'] };
  const rig = await httpRig(config, wayOut, {}, over);
  const { core } = rig.gateway;
  const runners: ChildProcess[] = [];
  const start = () => {
    runners.push(startRunner(core.registry, { gateway: rig.socketPath, egress: egress.socket }));
  };
  core.registry.attach({ demand: onMissing(start), discard: () => {} });
  for (let begun = 1; begun < starts; begun++) start();
  rig.gateway.attachScripts(catalogueDirectory(rig.gateway));
  let version = 0;
  return {
    ...rig,
    runners,
    publish: (...scripts) => void core.catalogue.publish({ version: ++version, scripts }),
    status: (name = 'shop') => core.servers.status('default', name),
    async [Symbol.asyncDispose]() {
      await rig[Symbol.asyncDispose]();
      await Promise.all([...runners, egress.process].map(stop));
      await rm(dir, { recursive: true });
    },
  };
}
