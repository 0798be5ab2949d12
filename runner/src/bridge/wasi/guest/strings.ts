import { ERRNO } from './errno.ts';
import type { GuestMemory } from './memory.ts';
import { encodeUtf8 } from './utf8.ts';

/** Arguments or environment: texts, each ended by a zero byte, behind a table of their addresses. */
export class StringTable {
  readonly #texts: Uint8Array[];

  constructor(texts: readonly string[]) {
    this.#texts = texts.map(encodeUtf8);
  }

  sizes(memory: GuestMemory, countAt: number, bytesAt: number): number {
    memory.setU32(countAt, this.#texts.length);
    memory.setU32(
      bytesAt,
      this.#texts.reduce((sum, text) => sum + text.length + 1, 0),
    );
    return ERRNO.success;
  }

  get(memory: GuestMemory, tableAt: number, bytesAt: number): number {
    let at = bytesAt >>> 0;
    for (const [index, text] of this.#texts.entries()) {
      memory.setU32((tableAt >>> 0) + 4 * index, at);
      memory.bytes(at, text.length).set(text);
      memory.setU8(at + text.length, 0);
      at += text.length + 1;
    }
    return ERRNO.success;
  }
}
