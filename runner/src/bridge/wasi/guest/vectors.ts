import { ERRNO } from './errno.ts';
import type { GuestMemory } from './memory.ts';
import { STDIN, type Stdio } from './stdio.ts';

/** As in POSIX: more than IOV_MAX pieces are refused. */
const MAX_VECTORS = 1024;
const VECTOR_BYTES = 8;

export interface Vectors {
  at: number;
  count: number;
  /** Where the number of bytes goes. */
  sizeAt: number;
}

export interface FileCall {
  memory: GuestMemory;
  stdio: Stdio;
  fd: number;
}

export function fdRead({ memory, stdio, fd }: FileCall, vectors: Vectors): number {
  if (fd !== STDIN) return ERRNO.badf;
  return overPieces(memory, vectors, (piece) => stdio.read(piece));
}

export function fdWrite({ memory, stdio, fd }: FileCall, vectors: Vectors): number {
  if (!stdio.isOutput(fd)) return ERRNO.badf;
  return overPieces(memory, vectors, (piece) => {
    stdio.write(fd, piece);
    return piece.length;
  });
}

function overPieces(
  memory: GuestMemory,
  vectors: Vectors,
  use: (piece: Uint8Array) => number,
): number {
  const count = vectors.count >>> 0;
  if (count > MAX_VECTORS) return ERRNO.inval;
  let size = 0;
  for (let i = 0; i < count; i++) {
    const at = (vectors.at >>> 0) + i * VECTOR_BYTES;
    const piece = memory.bytes(memory.u32(at), memory.u32(at + 4));
    const used = use(piece);
    size += used;
    if (used < piece.length) break;
  }
  memory.setU32(vectors.sizeAt, size);
  return ERRNO.success;
}
