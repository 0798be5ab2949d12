import { machine } from '../machine.ts';
import { keepResults } from '../results.ts';
import { Stand } from '../sdk/stand.ts';
import { measureCold, type Cold } from './cold.ts';
import { measureIdleSessions, type IdleSessions } from './idle-sessions.ts';
import { printServersReport } from './report.ts';
import { measureRequests, type Requests } from './requests.ts';
import { measureSessions, type Sessions } from './sessions.ts';
import { measureSockets, type Sockets } from './sockets.ts';
import { measureSuite, type Suite } from './suite.ts';
import { judgeServers } from './targets.ts';

/** What was measured: everything, or what was asked for. */
export interface ServersFigures {
  requests?: Requests;
  cold?: Cold;
  sockets?: Sockets;
  sessions?: Sessions;
  idle?: IdleSessions;
  suite?: Suite;
}

export interface ServersOptions {
  /** Seconds of load for each of those that are loaded. */
  seconds: number;
  /** How many idle sessions' memory is measured; 0: none's. */
  sessions: number;
  only?: readonly string[] | undefined;
}

/** Guests that live long, beside what each target is measured against. */
export async function benchServers(options: ServersOptions): Promise<void> {
  const described = machine();
  const figures = await measure(options, (part) => options.only?.includes(part) ?? true);
  const report = {
    at: new Date().toISOString(),
    machine: described,
    figures,
    targets: judgeServers(figures),
  };
  printServersReport(report);
  if (!options.only) await keepResults('servers', report);
}

async function measure(
  { seconds, sessions }: ServersOptions,
  wants: (part: string) => boolean,
): Promise<ServersFigures> {
  const figures: ServersFigures = {};
  await using stand = await Stand.make();
  const host = await stand.openHost();
  try {
    if (wants('requests')) figures.requests = await measureRequests(host, seconds);
    if (wants('sockets')) figures.sockets = await measureSockets(host, seconds);
    if (wants('cold')) figures.cold = await measureCold(host);
    if (wants('sessions')) figures.sessions = await measureSessions(host);
  } finally {
    await host.close();
  }
  if (wants('tests')) figures.suite = await measureSuite();
  if (wants('memory') && sessions > 0) figures.idle = await measureIdleSessions(sessions);
  return figures;
}
