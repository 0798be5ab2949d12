import type { Layer } from '@cofferdam/protocol';
import type { GatewaySession } from './session.ts';

/** A session, as whoever asks for it is shown it. */
export interface SessionView {
  id: string;
  key: string;
  /** There was none of its key before. */
  created?: boolean;
  /** `busy`: somebody has it, or makes it. */
  state: 'busy' | 'idle';
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** Milliseconds without use after which it is evicted. */
  idle: number;
  /** When it is evicted, in milliseconds since the epoch, unless somebody uses it before. */
  expiresAt?: number;
  layers: Layer[];
}

export function viewOf(session: GatewaySession, isHad: boolean): SessionView {
  const { id, booked, createdAt, releasedAt, layers } = session;
  const { key, idleMs } = booked;
  const isIdle = !isHad && releasedAt !== undefined;
  return {
    ...{ id, key, state: isIdle ? 'idle' : 'busy', createdAt, idle: idleMs },
    ...(isIdle && { expiresAt: releasedAt + idleMs }),
    layers: [...layers],
  };
}
