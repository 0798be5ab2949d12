import { describe, expect, it } from 'vitest';
import { resolvePool, trafficInPool } from '../resource/resolved-pool.ts';
import { resolveScript } from '../resource/resolved-script.ts';
import type { SandboxPool } from '../resource/sandbox-pool.ts';
import type { ScriptLimits } from '../resource/script-limits.ts';
import { pickTraffic, resolveTraffic } from './traffic.ts';

const MiB = 1024 * 1024;
const DEFAULTS = { bytesUp: 16 * MiB, bytesDown: 64 * MiB, connections: 8 };

function pool(limits: { defaults?: ScriptLimits; ceilings?: ScriptLimits }) {
  const spec: SandboxPool['spec'] = { limits };
  const metadata = { name: 'default' };
  return resolvePool({ apiVersion: 'cofferdam.dev/v1alpha1', kind: 'SandboxPool', metadata, spec });
}

describe('what a run may send and receive', () => {
  it('is ours where nobody says more, without a bound of its bandwidth', () => {
    expect(resolveTraffic()).toEqual(DEFAULTS);
    expect(trafficInPool({}, pool({}))).toEqual(DEFAULTS);
  });

  it('is what was asked for, else the pool’s default, within the pool’s ceilings', () => {
    const strict = pool({
      defaults: { bytesUp: '1Mi', bandwidth: '64Ki' },
      ceilings: { bytesUp: '2Mi', bytesDown: '8Mi', connections: 4, bandwidth: '128Ki' },
    });
    const own = { bytesUp: MiB, bytesDown: 8 * MiB, connections: 4, bandwidth: 64 * 1024 };
    expect(trafficInPool({}, strict)).toEqual(own);
    const much = { bytesUp: 2 ** 40, bytesDown: 2 ** 40, connections: 64, bandwidth: 2 ** 40 };
    const most = { bytesUp: 2 * MiB, bytesDown: 8 * MiB, connections: 4, bandwidth: 128 * 1024 };
    expect(trafficInPool(much, strict)).toEqual(most);
    const little = { bytesUp: 0, bytesDown: 1, connections: 1, bandwidth: 2_048 };
    expect(trafficInPool(little, strict)).toEqual(little);
  });

  it('has a bandwidth where the pool alone has a ceiling of it', () => {
    const slow = pool({ ceilings: { bandwidth: '128Ki' } });
    expect(trafficInPool(undefined, slow)).toEqual({ ...DEFAULTS, bandwidth: 128 * 1024 });
  });

  it('is never beyond what there is, nor below what works', () => {
    const GiB = 1024 * MiB;
    const much = { bytesUp: 2 * GiB, bytesDown: 2 * GiB, connections: 1_000, bandwidth: 1 };
    const most = { bytesUp: GiB, bytesDown: GiB, connections: 64, bandwidth: 1_024 };
    expect(resolveTraffic(much)).toEqual(most);
  });

  it('is read from a script’s limits, and stays away where it says nothing', () => {
    const metadata = { name: 'a' };
    const resolved = (limits: ScriptLimits) =>
      resolveScript(
        {
          ...({ apiVersion: 'cofferdam.dev/v1alpha1', kind: 'SandboxScript', metadata } as const),
          spec: { source: { inline: '' }, limits },
        },
        { uid: 'u', generation: 1 },
      ).traffic;
    expect(resolved({})).toBeUndefined();
    expect(resolved({ bandwidth: '1Mi', connections: 2 })).toEqual({
      bandwidth: MiB,
      connections: 2,
    });
    expect(pickTraffic({ ...DEFAULTS, cpuTimeMs: 1 } as never)).toEqual({ traffic: DEFAULTS });
  });
});
