import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { defineProperty } = primordials;

/** An array for a guest: defined index by index, so that no setter of its prototypes is called. */
export function guestArray<T>(items: readonly T[]): T[] {
  const array: T[] = [];
  for (let i = 0; i < items.length; i++) {
    const fields = { value: items[i], writable: true, enumerable: true, configurable: true };
    defineProperty(array, i, record(fields));
  }
  return array;
}
