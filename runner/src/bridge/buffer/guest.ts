import type { GuestGroup } from '../../guest/core.ts';
import { Buffer } from './guest/buffer.ts';
import { encodingOf } from './guest/encodings.ts';

/** What other groups use of this one. */
export interface BufferGroup {
  Buffer: typeof Buffer;
  encodingOf: typeof encodingOf;
}

export const install: GuestGroup = () => ({ Buffer, encodingOf });
