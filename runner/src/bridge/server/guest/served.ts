import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import type { PieceSource } from '../../streams/guest/body-source.ts';

const { Error, Map, mapDelete, mapGet, mapSet } = primordials;

export type AbortSignal = InstanceType<AbortGroup['AbortSignal']>;

/** A request that the guest is serving. */
export interface Served {
  readonly id: number;
  /** What the host calls it. */
  readonly requestId: string;
  readonly isHead: boolean;
  /** Answered, failed or given up: nothing more is told of it. */
  isOver: boolean;
  isAborted: boolean;
  /** Headers of the response to one that was upgraded, and what its connection is given. */
  upgrade: { headers: readonly [string, string][]; data: unknown } | undefined;
  /** Where its response comes from, while that is being sent. */
  source: PieceSource | undefined;
  signal: AbortSignal | undefined;
}

const live = new Map<number, Served>();

export function begin(id: number, requestId: string, method: string): Served {
  const served = record<Served>({
    id,
    requestId,
    isHead: method === 'HEAD',
    isOver: false,
    isAborted: false,
    upgrade: undefined,
    source: undefined,
    signal: undefined,
  });
  mapSet(live, id, served);
  return served;
}

export function find(id: number): Served | undefined {
  return mapGet(live, id) as Served | undefined;
}

export function end(served: Served): void {
  served.isOver = true;
  mapDelete(live, served.id);
}

/** Lets go of a body's maker, who hears that nobody takes it. */
export function cancel(source: PieceSource): void {
  try {
    source.cancel(new Error('The request is over'));
  } catch {
    // It is the guest's own; nobody is there to be told.
  }
}
