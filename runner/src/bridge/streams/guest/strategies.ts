import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import { dictionary } from './dictionary.ts';

const { TypeError } = primordials;

function markOf(init: unknown): number {
  const given = dictionary(init, 'The options');
  if (!given || given.highWaterMark === undefined) throw new TypeError('highWaterMark is required');
  return +(given.highWaterMark as number);
}

// One function each for all instances, as the standard has it.
const byteLength = {
  size: (chunk: unknown) => (chunk as { byteLength: unknown }).byteLength,
};
const count = { size: () => 1 };

export class ByteLengthQueuingStrategy {
  readonly #highWaterMark: number;
  constructor(init: unknown) {
    this.#highWaterMark = markOf(init);
  }
  get highWaterMark(): number {
    return this.#highWaterMark;
  }
  get size(): (chunk: unknown) => unknown {
    return #highWaterMark in this ? byteLength.size : illegal();
  }
}

export class CountQueuingStrategy {
  readonly #highWaterMark: number;
  constructor(init: unknown) {
    this.#highWaterMark = markOf(init);
  }
  get highWaterMark(): number {
    return this.#highWaterMark;
  }
  get size(): () => number {
    return #highWaterMark in this ? count.size : illegal();
  }
}

function illegal(): never {
  throw new TypeError('Illegal invocation');
}

defineInterface(ByteLengthQueuingStrategy, 'ByteLengthQueuingStrategy');
defineInterface(CountQueuingStrategy, 'CountQueuingStrategy');
