import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Seconds of load for each contender. */
    seconds: { type: 'string', default: '5' },
    /** Leaves out the memory figures, which take a few minutes. */
    'no-memory': { type: 'boolean', default: false },
    /**
     * Only these measurements, with commas between. Of Kubernetes: fresh, first, start, many, memory,
     * single; of the SDK: calls, bodies, touch, start, prefix; of servers: requests, sockets, cold,
     * sessions, tests, memory.
     */
    only: { type: 'string' },
    /** Of hardening: the commit that is measured beside what is here. */
    base: { type: 'string' },
    /** Of servers: how many idle sessions' memory is measured. */
    sessions: { type: 'string', default: '1000' },
  },
});

const [what = 'whole'] = positionals;
const seconds = Number(values.seconds);
if (what === 'whole') {
  const { benchWhole } = await import('./whole.ts');
  await benchWhole({ seconds, memory: !values['no-memory'] });
} else if (what === 'kubernetes') {
  const { benchKubernetes } = await import('./kubernetes/bench.ts');
  await benchKubernetes({ seconds, only: values.only?.split(',') });
} else if (what === 'sdk') {
  const { benchSdk } = await import('./sdk/bench.ts');
  await benchSdk(values.only?.split(','));
} else if (what === 'servers') {
  const { benchServers } = await import('./long-lived/bench.ts');
  const sessions = values['no-memory'] ? 0 : Number(values.sessions);
  await benchServers({ seconds, sessions, only: values.only?.split(',') });
} else if (what === 'egress') {
  const { benchEgress } = await import('./egress/bench.ts');
  await benchEgress();
} else if (what === 'hardening') {
  if (values.base === undefined) throw new Error('say which commit to measure beside, as --base');
  const { benchHardening } = await import('./hardening/bench.ts');
  await benchHardening({ base: values.base });
} else {
  const known = 'kubernetes, sdk, servers, egress or hardening';
  throw new Error(`there is no benchmark ${what}: leave it out, or say ${known}`);
}
