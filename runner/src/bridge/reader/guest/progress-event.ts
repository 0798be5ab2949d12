import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import type { EventsGroup } from '../../events/guest.ts';

const { trunc, TypeError } = primordials;
const { Event } = core.use<EventsGroup>('events');

interface ProgressInit {
  bubbles?: unknown;
  lengthComputable?: unknown;
  loaded?: unknown;
  total?: unknown;
}

const UINT64 = 2 ** 64;

export class ProgressEvent extends Event {
  readonly #lengthComputable: boolean;
  readonly #loaded: number;
  readonly #total: number;

  constructor(type: unknown, init: ProgressInit = {}) {
    if (arguments.length === 0) throw new TypeError('An event needs a type');
    super(type, init ?? undefined);
    const given = init ?? record({});
    this.#lengthComputable = !!given.lengthComputable;
    this.#loaded = toCount(given.loaded);
    this.#total = toCount(given.total);
  }

  get lengthComputable(): boolean {
    return this.#lengthComputable;
  }
  get loaded(): number {
    return this.#loaded;
  }
  get total(): number {
    return this.#total;
  }
}

defineInterface(ProgressEvent, 'ProgressEvent');

/** Web IDL's `unsigned long long`. */
function toCount(value: unknown): number {
  if (value === undefined) return 0;
  const whole = trunc(+(value as number));
  if (whole !== whole || whole === Infinity || whole === -Infinity) return 0;
  return whole < 0 ? (whole % UINT64) + UINT64 : whole % UINT64;
}
