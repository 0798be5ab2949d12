import { GuestFault, type Capability } from '../capability.ts';
import { encodingOf, tableOf } from './host/tables.ts';

/** The longest label that is one has 19 characters. */
const MAX_LABEL = 64;

/**
 * What a guest needs to decode the encodings of old: the name behind a label, and an encoding's
 * table of code points. Tables come in pieces of at most the run's payload limit. Decoding itself
 * is the guest's own work. Neither counts as a call: they are no access to anything.
 */
export const encodingCapability: Capability = {
  name: 'encoding',
  uncounted: ['name', 'table'],
  sync: {
    name: (_context, { json }) => {
      const { label } = Object(json) as { label?: unknown };
      const isLabel = typeof label === 'string' && label.length <= MAX_LABEL;
      return { json: { name: isLabel ? encodingOf(label) : null } };
    },
    table: ({ limits }, { json }) => {
      const { table: name, start } = Object(json) as { table?: unknown; start?: unknown };
      const table = typeof name === 'string' ? tableOf(name) : undefined;
      if (!table || !Number.isInteger(start)) throw new GuestFault('TypeError', 'No such table');
      const bytes = table.subarray(start as number, (start as number) + limits.bridgePayloadBytes);
      return { bytes };
    },
  },
};
