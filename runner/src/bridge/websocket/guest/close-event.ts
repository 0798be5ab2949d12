import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import type { EventsGroup } from '../../events/guest.ts';

const { toWellFormed, TypeError } = primordials;
const { Event } = core.use<EventsGroup>('events');

interface CloseInit {
  bubbles?: unknown;
  wasClean?: unknown;
  code?: unknown;
  reason?: unknown;
}

export class CloseEvent extends Event {
  readonly #wasClean: boolean;
  readonly #code: number;
  readonly #reason: string;

  constructor(type: unknown, init: CloseInit = {}) {
    if (arguments.length === 0) throw new TypeError('An event needs a type');
    super(type, init ?? undefined);
    const { code, reason, wasClean } = init ?? record<CloseInit>({});
    // Web IDL's `unsigned short`.
    this.#code = code === undefined ? 0 : (code as number) & 0xffff;
    this.#reason = reason === undefined ? '' : toWellFormed(`${reason as string}`);
    this.#wasClean = !!wasClean;
  }

  get wasClean(): boolean {
    return this.#wasClean;
  }
  get code(): number {
    return this.#code;
  }
  get reason(): string {
    return this.#reason;
  }
}

defineInterface(CloseEvent, 'CloseEvent');
