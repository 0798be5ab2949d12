import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, isSequence, record } from '../../../guest/interface.ts';
import type { CloneGroup } from '../../clone/guest.ts';
import type { EventsGroup } from '../../events/guest.ts';
import { MessageEvent, ownPorts } from './message-event.ts';
import { brand, enqueue, newState, pump, type Message, type PortState } from './port-state.ts';

const { TypeError } = primordials;
const { defineHandlers, Event, EventTarget, fire } = core.use<EventsGroup>('events');

const KEY = {};

let isPort: (value: unknown) => value is MessagePort;
/** A port that was neither closed nor transferred. */
export let isTransferable: (value: unknown) => boolean;
/** Makes one port take over what another had: the other is detached. */
export let movePort: (from: unknown, to: MessagePort) => void;
export let entangle: (a: MessagePort, b: MessagePort) => void;
let enable: (port: MessagePort) => void;

export class MessagePort extends EventTarget {
  /** Nothing once it was transferred. */
  #state: PortState | undefined;
  #isClosed = false;

  static {
    isPort = (value): value is MessagePort =>
      typeof value === 'object' && value !== null && #state in value;
    brand.isPort = isPort;
    isTransferable = (value) => isPort(value) && value.#state !== undefined && !value.#isClosed;
    movePort = (from, to) => {
      const state = (from as MessagePort).#state!;
      (from as MessagePort).#state = undefined;
      // Its new owner starts it anew, and gets what was not delivered yet.
      state.isEnabled = false;
      to.#own(state);
    };
    entangle = (a, b) => {
      a.#state!.peer = b.#state;
      b.#state!.peer = a.#state;
    };
    enable = (port) => port.#enable();
  }

  constructor(key: unknown) {
    if (key !== KEY) throw new TypeError('Illegal constructor');
    super();
    this.#own(newState());
  }

  postMessage(message: unknown, options: unknown = undefined): void {
    if (arguments.length === 0) throw new TypeError('postMessage needs a message');
    const { cloneAndMove } = core.use<CloneGroup>('clone');
    const items = transferOf(options);
    const peer = this.#state?.peer;
    const isDoomed = this.#takesPeer(items, peer);
    const { value: data, ports } = cloneAndMove(message, items);
    if (peer && !isDoomed) enqueue(peer, record({ data, ports }));
  }

  start(): void {
    this.#enable();
  }

  /** What was sent before is delivered still. */
  close(): void {
    this.#isClosed = true;
    const peer = this.#state?.peer;
    if (!peer) return;
    this.#state!.peer = undefined;
    peer.peer = undefined;
    peer.isEnding = true;
    pump(peer);
  }

  /** Whether the receiver is sent along: it can never arrive, since nobody is left to get it. */
  #takesPeer(items: readonly unknown[], peer: PortState | undefined): boolean {
    let isTaken = false;
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item === this) refuse('A port cannot be sent through itself');
      if (isPort(item) && peer && item.#state === peer) isTaken = true;
    }
    return isTaken;
  }

  #enable(): void {
    if (!this.#state) return;
    this.#state.isEnabled = true;
    pump(this.#state);
  }

  #own(state: PortState): void {
    this.#state = state;
    state.deliver = ({ data, ports }: Message) => {
      fire(this, new MessageEvent('message', record({ data, ports: ownPorts(ports) })));
    };
    state.tellClosed = () => {
      this.#isClosed = true;
      fire(this, new Event('close'));
    };
  }
}

/** Setting `onmessage` starts the port, as `start` does. */
defineHandlers(MessagePort, ['message'], (port) => enable(port as MessagePort));
defineHandlers(MessagePort, ['messageerror', 'close']);
defineInterface(MessagePort, 'MessagePort', 0);

export function newPort(): MessagePort {
  return new MessagePort(KEY);
}

/** The list itself, or options that have one. */
function transferOf(options: unknown): unknown[] {
  const { sequenceOf } = core.use<CloneGroup>('clone');
  if (options === undefined || options === null) return sequenceOf(undefined);
  if (typeof options !== 'object' && typeof options !== 'function') {
    throw new TypeError('The transfer list must be a sequence');
  }
  if (isSequence(options)) return sequenceOf(options);
  return sequenceOf((options as { transfer?: unknown }).transfer);
}

function refuse(message: string): never {
  const { DOMException } = core.use('exception');
  throw new DOMException(message, 'DataCloneError');
}
