import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Link } from '@cofferdam/protocol';
import { Chromium } from './chromium.ts';
import { layersOf, type PodConfig } from './config.ts';
import { probe } from './probe.ts';
import { Proxy } from './proxy.ts';
import { Sessions } from './sessions.ts';
import { versions } from './versions.ts';

/** Each session has one lasting call, and its guest's calls, of which F1's end lets 256 wait. */
const MAX_CALLS = 2_048;

/** A browser pod, connected to its gateway and egress. It ends with its gateway's connection. */
export interface Pod {
  /** Resolves when the gateway is gone for good. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export async function startPod(config: PodConfig): Promise<Pod> {
  const { redial } = config;
  // Egress knows sessions by their tickets: the join token is the gateway's alone.
  const egress = await Link.open({
    ...{ address: config.egress, redial, about: { role: 'browser' } },
    // As long as there is a gateway there are sessions, and some of them ask for nothing of the world.
    giveUpMs: Number.POSITIVE_INFINITY,
  });
  const proxy = await Proxy.listen();
  const tracesDir = await mkdtemp(join(tmpdir(), 'cofferdam-traces-'));
  const chromium = await Chromium.start({
    executablePath: config.chromium,
    ...{ proxy: proxy.address, tracesDir },
    onCrash: (message) => sessions.fail({ reason: 'crashed', message }),
  });
  const sessions = new Sessions({
    ...{ chromium, proxy, tracesDir, maximum: config.sessions },
    egress: () => egress.channel,
  });
  const close = async () => {
    egress.close();
    await Promise.all([chromium.close(), proxy.close()]);
    await rm(tracesDir, { recursive: true, force: true });
  };
  try {
    const gateway = await Link.open({
      address: config.gateway,
      redial,
      about: {
        ...{ role: 'browser', token: config.joinToken, layers: layersOf(config) },
        versions: await versions(config.chromium),
      },
      maxInFlight: MAX_CALLS,
      handlers: {
        probe: (call) => probe(chromium, call.payload),
        stats: () => ({ engines: {}, rssBytes: process.memoryUsage.rss() }),
        ...sessions.handlers,
      },
    });
    return {
      ended: gateway.ended,
      close: async () => {
        await sessions.stop({ reason: 'stopped', message: 'the browser pod is being stopped' });
        gateway.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
