import { core, primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { bufferByteLength, hasOwn, typedBuffer, typedSet, Uint32Array, Uint8Array } = primordials;

const known = record<Record<string, Uint32Array>>({});

/** A table of code points that the host keeps; 0 where there is none. Asked for once. */
export function tableOf(name: string): Uint32Array {
  if (hasOwn(known, name)) return known[name]!;
  let bytes = new Uint8Array(0);
  for (;;) {
    const start = bufferByteLength(typedBuffer(bytes));
    const answer = core.hostCallSync('encoding', 'table', record({ table: name, start }));
    const size = answer.bytes ? bufferByteLength(answer.bytes) : 0;
    if (size === 0) break;
    const longer = new Uint8Array(start + size);
    typedSet(longer, bytes);
    typedSet(longer, new Uint8Array(answer.bytes!), start);
    bytes = longer;
  }
  const table = new Uint32Array(typedBuffer(bytes));
  known[name] = table;
  return table;
}
