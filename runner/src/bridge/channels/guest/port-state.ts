import { core } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';

const { soon } = core.use('timers') as { soon(run: () => void): void };

/** A message that was cloned when it was sent, and the ports that came with it. */
export interface Message {
  data: unknown;
  ports: object[];
}

/** What a port of a channel has, and what moves with it when it is transferred. */
export interface PortState {
  /** What is at the other end; nothing once either end was closed. */
  peer: PortState | undefined;
  messages: Message[];
  /** Those before it were delivered. */
  head: number;
  isEnabled: boolean;
  isPumping: boolean;
  /** The other end was closed, and this one was not told yet. */
  isEnding: boolean;
  deliver: (message: Message) => void;
  tellClosed: () => void;
}

/** Set by the class of ports, which alone can tell them; events have to know them too. */
export const brand = record<{ isPort(value: unknown): boolean }>({ isPort: () => false });

function nothing(): void {}

export function newState(): PortState {
  return record<PortState>({
    peer: undefined,
    messages: list<Message>(),
    head: 0,
    isEnabled: false,
    isPumping: false,
    isEnding: false,
    deliver: nothing,
    tellClosed: nothing,
  });
}

export function enqueue(state: PortState, message: Message): void {
  state.messages[state.messages.length] = message;
  pump(state);
}

/** Tells of one message in a task of its own, and of the end once there are no more. */
export function pump(state: PortState): void {
  if (state.isPumping || !hasWork(state)) return;
  state.isPumping = true;
  soon(() => {
    state.isPumping = false;
    if (!hasWork(state)) return;
    const isMessage = state.isEnabled && state.head < state.messages.length;
    const message = isMessage ? takeFirst(state) : undefined;
    if (!isMessage) state.isEnding = false;
    // Before the listeners run: what they throw must not hold up the rest.
    pump(state);
    if (message) state.deliver(message);
    else state.tellClosed();
  });
}

function hasWork(state: PortState): boolean {
  return state.isEnding || (state.isEnabled && state.head < state.messages.length);
}

function takeFirst(state: PortState): Message {
  const message = state.messages[state.head]!;
  state.messages[state.head++] = undefined as never;
  if (state.head === state.messages.length) {
    state.messages = list<Message>();
    state.head = 0;
  }
  return message;
}
