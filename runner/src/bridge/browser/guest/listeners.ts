import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { tell } from './ask.ts';
import { CLASSES } from './classes.ts';
import { setSink, want } from './events.ts';
import { errorOf, type ToldError } from './failure.ts';
import { onClosed } from './registry.ts';
import { stateOf, type RemoteState } from './remote.ts';
import { routed } from './routes.ts';

const { apply, objectKeys, TypeError } = primordials;

interface Listener {
  callback: Function;
  /** The callback in the async context of whoever gave it. */
  run: Function;
  isOnce: boolean;
  isRemoved: boolean;
}

export type Listeners = Record<string, Listener[]>;

const DOLLAR = '$';

/** Adds a listener; the host is told of the first one of its event. */
export function listen(remote: object, event: unknown, callback: unknown, isOnce = false): void {
  const state = stateOf(remote);
  const name = `${event as string}`;
  checkEvent(state, name);
  if (typeof callback !== 'function') throw new TypeError('A listener must be a function');
  const listeners = (state.listeners ??= record<Listeners>({}));
  const all = (listeners[name] ??= list<Listener>());
  const run = core.carry(callback, 'BrowserListener', isOnce);
  all[all.length] = record<Listener>({ callback, run, isOnce, isRemoved: false });
  want(1);
  if (all.length === 1 && name[0] !== DOLLAR) tell(state, '$listen', [name, true]);
}

/** Playwright would take any name; one that is never told of would be waited for in vain. */
function checkEvent({ kind }: RemoteState, name: string): void {
  const { events } = CLASSES[kind];
  if (kind === 'CDPSession' || name[0] === DOLLAR) return;
  for (let i = 0; i < events.length; i++) if (events[i] === name) return;
  throw new TypeError(`A ${kind} has no event '${name}' here`);
}

/** Removes one listener with this callback, the newest, or all where there is none. */
export function unlisten(remote: object, event: unknown, callback?: unknown): void {
  const state = stateOf(remote);
  const name = `${event as string}`;
  const all = state.listeners?.[name];
  if (!all) return;
  let isDone = false;
  for (let i = all.length - 1; i >= 0 && !isDone; i--) {
    if (callback !== undefined && all[i]!.callback !== callback) continue;
    isDone = callback !== undefined;
    drop(state, name, all[i]!);
  }
}

export function unlistenAll(remote: object): void {
  const names = objectKeys(stateOf(remote).listeners ?? record({}));
  for (let i = 0; i < names.length; i++) {
    if (names[i]![0] !== DOLLAR) unlisten(remote, names[i]);
  }
}

function drop(state: RemoteState, name: string, listener: Listener): void {
  const before = state.listeners![name]!;
  const after = list<Listener>();
  for (let i = 0; i < before.length; i++) {
    if (before[i] !== listener) after[after.length] = before[i]!;
  }
  listener.isRemoved = true;
  state.listeners![name] = after;
  want(-1);
  if (after.length > 0) return;
  delete state.listeners![name];
  if (name[0] !== DOLLAR && state.fields.isClosed !== true) tell(state, '$listen', [name, false]);
}

/** Tells all listeners of an event; what one throws keeps no other from hearing of it. */
function fire(remote: object, event: string, value: unknown): void {
  if (event === '$route') return routed(value as [number, object]);
  const state = stateOf(remote);
  const all = state.listeners?.[event];
  if (!all) return;
  for (let i = 0; i < all.length; i++) {
    const listener = all[i]!;
    if (listener.isRemoved) continue;
    if (listener.isOnce) drop(state, event, listener);
    try {
      apply(listener.run, remote, [shown(remote, event, value)]);
    } catch (error) {
      core.fail(error);
    }
  }
}

/** What Playwright hands to a listener, where the host says less. */
function shown(remote: object, event: string, value: unknown): unknown {
  if (stateOf(remote).kind === 'CDPSession') return value;
  if (event === 'pageerror') return errorOf(value as ToldError);
  if (event === 'weberror') return webError(errorOf(value as ToldError));
  return value === undefined ? remote : value;
}

function webError(error: Error): object {
  return { error: () => error, page: () => null };
}

setSink(fire);
onClosed((remote) => fire(remote, '$closed', undefined));
