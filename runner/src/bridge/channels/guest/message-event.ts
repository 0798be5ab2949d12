import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, list, record } from '../../../guest/interface.ts';
import type { CloneGroup } from '../../clone/guest.ts';
import type { EventsGroup } from '../../events/guest.ts';
import { brand } from './port-state.ts';

const { Array, freeze, setPrototypeOf, toWellFormed, TypeError } = primordials;
const { Event } = core.use<EventsGroup>('events');

interface MessageInit {
  bubbles?: unknown;
  data?: unknown;
  origin?: unknown;
  lastEventId?: unknown;
  source?: unknown;
  ports?: unknown;
}

export class MessageEvent extends Event {
  readonly #data: unknown;
  readonly #origin: string;
  readonly #lastEventId: string;
  readonly #source: object | null;
  readonly #ports: readonly unknown[];

  constructor(type: unknown, init: MessageInit = {}) {
    if (arguments.length === 0) throw new TypeError('An event needs a type');
    super(type, init ?? undefined);
    const { data, lastEventId, origin, ports, source } = init ?? record<MessageInit>({});
    this.#data = data === undefined ? null : data;
    this.#lastEventId = lastEventId === undefined ? '' : `${lastEventId as string}`;
    this.#origin = origin === undefined ? '' : toWellFormed(`${origin as string}`);
    this.#ports = freeze(setPrototypeOf(portsOf(ports), Array.prototype) as unknown[]);
    this.#source = sourceOf(source);
  }

  get data(): unknown {
    return this.#data;
  }
  get origin(): string {
    return this.#origin;
  }
  get lastEventId(): string {
    return this.#lastEventId;
  }
  get source(): object | null {
    return this.#source;
  }
  get ports(): readonly unknown[] {
    return this.#ports;
  }
}

defineInterface(MessageEvent, 'MessageEvent');

/** An array of our own making comes as it is, without the iterator that a guest may have changed. */
export const ownPorts = (ports: object[]): unknown => record({ ports, key: KEY });
const KEY = {};

function portsOf(given: unknown): unknown[] {
  if (given === undefined) return list();
  const own = given as { ports: object[]; key?: unknown } | null;
  if (typeof own === 'object' && own !== null && own.key === KEY) return own.ports;
  const { sequenceOf } = core.use<CloneGroup>('clone');
  const ports = sequenceOf(given);
  for (let i = 0; i < ports.length; i++) {
    if (!brand.isPort(ports[i])) throw new TypeError('Every one of ports must be a MessagePort');
  }
  return ports;
}

function sourceOf(given: unknown): object | null {
  if (given === undefined || given === null) return null;
  if (!brand.isPort(given)) throw new TypeError('The source must be a MessagePort');
  return given as object;
}
