import type { ControlRun, PublishedScript, ResolvedScript } from '@cofferdam/protocol';
import { beforeEach, expect, it } from 'vitest';
import type { Gateways } from '../gateways/gateways.ts';
import type { ScriptView } from '../script-view.ts';
import { ClusterGatewayPort } from './gateway-port.ts';

let told: [string, PublishedScript | undefined][];
let runs: ControlRun[];
let views: Map<string, ScriptView>;
let port: ClusterGatewayPort;

const script = (name: string) => ({ namespace: 'home', name, code: 'return 1' }) as ResolvedScript;
const view = (name: string) =>
  ({
    namespace: 'home',
    name,
    generation: 1,
    status: { conditions: [] },
    running: 3,
  }) as unknown as ScriptView;

beforeEach(() => {
  told = [];
  runs = [];
  views = new Map(['one', 'two'].map((name) => [`home/${name}`, view(name)]));
  const gateways = {
    put: (key: string, published: PublishedScript) => void told.push([key, published]),
    drop: (key: string) => void told.push([key, undefined]),
    run: (run: ControlRun) => void runs.push(run),
  } as unknown as Gateways;
  port = new ClusterGatewayPort(gateways, (key) => views.get(key));
});

it('tells of the scripts that are other than before, and of no more', () => {
  const [one, two] = [script('one'), script('two')];
  port.publish({ scripts: [one, two] });
  expect(told.map(([key, published]) => [key, published?.script])).toEqual([
    ['home/one', one],
    ['home/two', two],
  ]);
  port.publish({ scripts: [one, two] });
  expect(told).toHaveLength(2);
  const changed = { ...two };
  port.publish({ scripts: [one, changed] });
  expect(told.slice(2)).toMatchObject([['home/two', { script: changed }]]);
});

it('says of a script that may run no more how it is, and of one that is gone that it is gone', () => {
  port.publish({ scripts: [script('one'), script('two')] });
  told.splice(0);
  views.delete('home/two');
  port.publish({ scripts: [] });
  expect(told[0]![1]).toEqual({
    ...{ namespace: 'home', name: 'one', generation: 1, status: { conditions: [] } },
  });
  expect(told[1]).toEqual(['home/two', undefined]);
});

it('asks for runs by name, so that a gateway runs what it was told last', async () => {
  const signal = AbortSignal.timeout(1_000);
  await port.run(script('one'), {
    trigger: 'schedule',
    scheduledAt: 7,
    epoch: 2,
    signal,
    onLog() {},
  });
  expect(runs).toEqual([
    { script: { namespace: 'home', name: 'one' }, trigger: 'schedule', scheduledAt: 7, epoch: 2 },
  ]);
});
