import { CofferdamError, type Lineage, type RuntimeSpec } from '@cofferdam/protocol';
import type { Ticket, Tickets } from '../egress/tickets.ts';
import type { GatewaySession } from './session.ts';
import type { Asked, Having, TenantSessions, Visitor } from './tenant-sessions.ts';
import type { VisitTrace } from './visit-trace.ts';

export interface VisitAs {
  tickets: Tickets | undefined;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** How long the visit's way out is open at most, in milliseconds. */
  lifeMs: number;
  /** The caller went away. */
  signal: AbortSignal;
  trace: VisitTrace;
  /** Where the visit stands below a run that asks for it. */
  lineage?: Lineage | undefined;
}

/** Has a session for as long as `work` takes; with the way out that the session was made with. */
export async function visitSession<T>(
  sessions: TenantSessions,
  asked: Asked,
  { as, work }: { as: VisitAs; work: (having: Having) => Promise<T> },
): Promise<T> {
  const leaving = Promise.withResolvers<void>();
  const done = Promise.withResolvers<T>();
  let ticket: Ticket | undefined;
  const visitor: Visitor = {
    spec: async (session) => {
      as.trace.begun(session);
      ticket = await openTicket(session, as);
      return specOf(session, ticket);
    },
    onReady: (having) => done.resolve(work(having)),
    leaving: leaving.promise,
    signal: as.signal,
    isLost: () => as.signal.aborted,
  };
  const had = sessions.have(asked, visitor);
  had.catch(done.reject);
  done.promise.then(
    () => leaving.resolve(),
    () => leaving.resolve(),
  );
  // How the visit ended says more than what that broke off.
  const [visited, worked] = await Promise.allSettled([had, done.promise]);
  as.trace.used(await ticket?.close().catch(() => undefined));
  if (visited.status === 'rejected') throw visited.reason;
  if (worked.status === 'rejected') throw worked.reason;
  return worked.value;
}

async function openTicket(session: GatewaySession, as: VisitAs): Promise<Ticket | undefined> {
  const { id, tenant, plan } = session;
  const { net, maxRequests, traffic, pool } = plan;
  if (net.length === 0) return undefined;
  const { tickets, now, lifeMs, trace, lineage } = as;
  if (!tickets) throw new CofferdamError('UNAVAILABLE', 'the way out is not configured');
  const { traceparent } = trace;
  const visit = { runId: id, traceparent, expiresAt: now() + lifeMs, pool };
  try {
    return await tickets.open({ tenant, net, maxRequests, traffic, lineage }, visit);
  } catch (cause) {
    throw new CofferdamError('UNAVAILABLE', 'the way out gave no ticket', { cause });
  }
}

function specOf({ plan }: GatewaySession, ticket: Ticket | undefined): RuntimeSpec {
  const reaches = ticket !== undefined;
  return {
    ...plan.spec,
    // What an embedder's guest may have of its embedder, nobody here could answer.
    features: (plan.spec.features ?? []).filter((feature) => feature === 'tests'),
    ...(reaches && { egress: { ticket: ticket.secret } }),
    bindings: {
      console: true,
      fetch: reaches,
      webSocket: reaches,
      files: false,
      modules: false,
      tools: [],
    },
  };
}
