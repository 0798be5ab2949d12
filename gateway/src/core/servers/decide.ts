/** What is known of one instance of a server. */
export interface InstanceView {
  id: number;
  state: 'starting' | 'ready';
  /** It runs the script as it is now, in a runner that stays. */
  current: boolean;
  /** Requests that it is answering. */
  inFlight: number;
  /** WebSockets that are open. */
  sockets: number;
  /** Since when it has had neither, in milliseconds. */
  idleSince: number;
  /** Since when it is given nothing more, in milliseconds. */
  leavingSince?: number;
}

export interface ScalingRules {
  minInstances: number;
  maxInstances: number;
  concurrency: number;
  idleMs: number;
}

/** All that counts for where a request goes and how many instances there are. */
export interface GroupView {
  instances: readonly InstanceView[];
  /** Requests that wait for a place. */
  waiting: number;
  maxWaiting: number;
  rules: ScalingRules;
  /** Before this nothing is started, since the last one failed; milliseconds. */
  notBefore: number;
  now: number;
}

export type Placement =
  | { kind: 'use'; id: number }
  | { kind: 'wait' }
  /** `full`: too many wait. `failing`: nothing runs, and it is too early to try again. */
  | { kind: 'refuse'; why: 'full' | 'failing' };

export interface Upkeep {
  start: number;
  /** Those that are given nothing more from now on. */
  leave: number[];
  /** Those that are ended. */
  end: number[];
  /** When to look again though nothing happens, in milliseconds; Infinity is never. */
  at: number;
}

/** How long WebSockets of an instance that was replaced may stay, and requests. */
export const SOCKET_GRACE_MS = 30_000;
export const REQUEST_GRACE_MS = 600_000;

/** Where a request goes. An instance that is replaced is given some until another one is ready. */
export function place(view: GroupView): Placement {
  const { instances, rules, waiting, maxWaiting, notBefore, now } = view;
  const current = instances.filter((one) => isOpen(one) && one.current);
  const others = instances.filter((one) => isOpen(one) && !one.current);
  const serving = current.length > 0 ? current : others;
  const free = serving.filter(({ inFlight }) => inFlight < rules.concurrency).sort(byLoad)[0];
  if (free) return { kind: 'use', id: free.id };
  const mayCome = serving.length > 0 || instances.some(isStarting) || now >= notBefore;
  if (!mayCome) return { kind: 'refuse', why: 'failing' };
  return waiting < maxWaiting ? { kind: 'wait' } : { kind: 'refuse', why: 'full' };
}

/** What is done about instances now. */
export function upkeep(view: GroupView): Upkeep {
  const leave = leaving(view);
  const rest = view.instances.filter(({ id }) => !leave.includes(id));
  const ended = ending(view, leave);
  const idle = letGo(view, rest);
  const { start, at: startAt } = starting(view);
  return {
    start,
    leave,
    end: [...ended.now, ...idle.now],
    at: Math.min(startAt, ended.at, idle.at),
  };
}

const isOpen = ({ state, leavingSince }: InstanceView) =>
  state === 'ready' && leavingSince === undefined;
const isStarting = ({ state, current }: InstanceView) => state === 'starting' && current;
const isQuiet = ({ inFlight, sockets }: InstanceView) => inFlight === 0 && sockets === 0;

function byLoad(a: InstanceView, b: InstanceView): number {
  return a.inFlight - b.inFlight || a.sockets - b.sockets || a.id - b.id;
}

function starting({ instances, waiting, rules, notBefore, now }: GroupView) {
  const current = instances.filter((one) => one.current && one.leavingSince === undefined);
  const begun = current.filter(({ state }) => state === 'starting').length;
  const unserved = Math.max(0, waiting - begun * rules.concurrency);
  const replaces = current.length === 0 && instances.some((one) => isOpen(one) && !one.current);
  const wanted = Math.max(
    Math.ceil(unserved / rules.concurrency),
    rules.minInstances - current.length,
    replaces ? 1 : 0,
  );
  const start = Math.max(0, Math.min(wanted, rules.maxInstances - current.length));
  if (start === 0) return { start, at: Infinity };
  return now >= notBefore ? { start, at: Infinity } : { start: 0, at: notBefore };
}

/** Those that another one has replaced, what never began for a script that is gone, and what is too many. */
function leaving({ instances, rules }: GroupView): number[] {
  const isReplaced = instances.some((one) => isOpen(one) && one.current);
  const staying = instances.filter(({ leavingSince }) => leavingSince === undefined);
  const replaced = staying.filter(
    ({ current, state }) => !current && (isReplaced || state === 'starting'),
  );
  const surplus = staying
    .filter((one) => one.current && one.state === 'ready')
    .sort((a, b) => byLoad(b, a))
    .slice(rules.maxInstances);
  return [...replaced, ...surplus].map(({ id }) => id);
}

function ending({ instances, now }: GroupView, leave: readonly number[]) {
  const going = instances.filter(
    ({ id, leavingSince }) => leavingSince !== undefined || leave.includes(id),
  );
  const due = going.map((one) => ({ id: one.id, at: endsAt(one, now) }));
  return dueBy(due, now);
}

function endsAt({ inFlight, sockets, leavingSince }: InstanceView, now: number): number {
  const since = leavingSince ?? now;
  if (inFlight > 0) return since + REQUEST_GRACE_MS;
  return sockets > 0 ? since + SOCKET_GRACE_MS : now;
}

/** Longest idle first, as many as may go. */
function letGo({ rules, now }: GroupView, rest: readonly InstanceView[]) {
  const staying = rest.filter(({ leavingSince }) => leavingSince === undefined);
  const spare = Math.max(0, staying.length - rules.minInstances);
  const idle = staying
    .filter((one) => one.state === 'ready' && isQuiet(one))
    .sort((a, b) => a.idleSince - b.idleSince || b.id - a.id)
    .slice(0, spare)
    .map(({ id, idleSince }) => ({ id, at: idleSince + rules.idleMs }));
  return dueBy(idle, now);
}

function dueBy(due: readonly { id: number; at: number }[], now: number) {
  const later = due.filter(({ at }) => at > now).map(({ at }) => at);
  return {
    now: due.filter(({ at }) => at <= now).map(({ id }) => id),
    at: Math.min(Infinity, ...later),
  };
}
