import { connect, LeaderElection, type LeaderTerm } from '@cofferdam/operator/kubernetes';

/**
 * A candidate in a process of its own, which can be killed or stopped: it says each act that it was
 * allowed, with its epoch and the time by a clock that all processes share, and each refusal.
 */
const [kubeconfig = '', name = '', timing = '{}'] = process.argv.slice(2);
const client = await connect({ kubeconfig, userAgent: 'leader-process' });
let term: LeaderTerm | undefined;
const election = new LeaderElection({
  client,
  namespace: 'default',
  name,
  candidate: 'process',
  timing: JSON.parse(timing) as object,
  onElected: (elected) => {
    term = elected;
  },
});
const acting = setInterval(act, 5);

function act(): void {
  if (!term) return;
  const { epoch } = term;
  try {
    term.check();
    say(`act ${epoch}`);
  } catch {
    term = undefined;
    say(`refused ${epoch}`);
  }
}

function say(what: string): void {
  process.stdout.write(`${what} ${process.hrtime.bigint()}\n`);
}

process.once('SIGTERM', () => {
  clearInterval(acting);
  void election.close().then(() => client.close());
});
