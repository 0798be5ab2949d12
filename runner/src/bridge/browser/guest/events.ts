import { core, primordials } from '../../../guest/captured.ts';
import type { HostAnswer } from '../../../guest/core.ts';
import { hardened, list, record } from '../../../guest/interface.ts';
import { decode, takeState } from './decoder.ts';
import { findRemote, heldRemotes, letGo } from './registry.ts';
import { stateOf } from './remote.ts';

const { promiseThen } = primordials;

interface HostEvent {
  n: number;
  object: string;
  event: string;
  value?: unknown;
}

type Sink = (remote: object, event: string, value: unknown) => void;

/** The last event that was told. */
let seen = 0;
/** What waits for events: listeners and routes. Nobody asks for any while there are none. */
let wanted = 0;
let isPolling = false;
/** Which question is the current one: an answer to another comes from a session that is over. */
let question = 0;
let sink: Sink = () => {};

interface Waiter {
  n: number;
  run: () => void;
}
let waiters = list<Waiter>();

/** Who is told of events; set once by the module of listeners. */
export function setSink(given: Sink): void {
  sink = given;
}

export function want(by: 1 | -1): void {
  wanted += by;
  if (by === 1) poll();
}

/** Asks for events, if anybody wants some and it is not being done already. */
export function poll(): void {
  if (isPolling || wanted === 0) return;
  isPolling = true;
  const mine = ++question;
  const call = record({ object: 'browser', method: '$events', args: `[${seen}]` });
  promiseThen(
    hardened(core.hostCall('browser', 'events', call)),
    (answer: HostAnswer) => mine === question && onAnswer(answer),
    () => mine === question && onFailure(),
  );
}

/** How many events there were, as far as is known. */
export function toldSoFar(): number {
  return seen;
}

/** Another session counts from the beginning: what it says after a question is less than what was known before. */
export function noteCount(events: number | undefined, before: number): void {
  if (events === undefined || events >= before || seen < before) return;
  seen = 0;
  question++;
  onFailure();
}

/** Runs when every event up to that number was told, as far as anybody listens. */
export function afterEvents(n: number, run: () => void): void {
  if (n <= seen || !isPolling) return run();
  waiters[waiters.length] = record({ n, run });
}

function onAnswer({ json }: HostAnswer): void {
  const { value, state, error } = record(
    json as { value?: string; state?: string; error?: unknown },
  );
  if (error) return onFailure();
  isPolling = false;
  try {
    tellAll(decode(value) as HostEvent[]);
    if (state !== undefined) takeState(state);
  } catch (unreadable) {
    core.fail(unreadable);
  }
  poll();
  release();
}

/** Whoever asks something of the browser the next time, with success, has it go on. */
function onFailure(): void {
  isPolling = false;
  release();
}

function tellAll(events: readonly HostEvent[]): void {
  for (let i = 0; i < events.length; i++) {
    const { n, object, event, value } = record(events[i]!);
    if (n <= seen) continue;
    seen = n;
    if (object === 'browser') tellOfBrowser(event, value);
    else {
      const remote = findRemote(object);
      if (remote) sink(remote, event, value);
    }
  }
}

function tellOfBrowser(event: string, value: unknown): void {
  if (event === '$closed') {
    const id = typeof value === 'string' ? value : record(value as { id: string }).id;
    letGo(id);
  } else if (event === '$disconnected') {
    const remotes = heldRemotes();
    for (let i = 0; i < remotes.length; i++) letGo(stateOf(remotes[i]).id);
  }
}

function release(): void {
  const all = waiters;
  waiters = list<Waiter>();
  for (let i = 0; i < all.length; i++) afterEvents(all[i]!.n, all[i]!.run);
}
