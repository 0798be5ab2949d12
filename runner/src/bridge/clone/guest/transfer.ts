import { core, primordials } from '../../../guest/captured.ts';
import { isSequence, list, record } from '../../../guest/interface.ts';
import type { ChannelsGroup } from '../../channels/guest.ts';
import type { StreamsGroup } from '../../streams/guest.ts';
import { cloneBuffer, isBuffer, transferBuffer } from './clone-buffer.ts';

const { apply, bufferDetached, mapHas, mapSet, TypeError } = primordials;

type Refuse = (what: string) => never;

interface Transfer {
  /** New ports, in the list's order. They take over what the old ones had when it is finished. */
  ports: object[];
  finish(): void;
}

/** Web IDL's sequence, or nothing. */
export function sequenceOf(value: unknown): unknown[] {
  const items = list<unknown>();
  if (value === undefined) return items;
  if (typeof value !== 'object' || value === null || !isSequence(value)) {
    throw new TypeError('The transfer list must be a sequence');
  }
  const walk = value[primordials.iterator]();
  const { next } = walk;
  for (;;) {
    const step = apply(next, walk, []) as IteratorResult<unknown>;
    if (step.done) return items;
    items[items.length] = step.value;
  }
}

/** All are looked at before any is moved: a list with one bad value moves nothing. */
export function beginTransfer(
  items: readonly unknown[],
  seen: Map<unknown, unknown>,
  refused: Refuse,
): Transfer {
  const channels = core.loaded<ChannelsGroup>('channels');
  const streams = core.loaded<StreamsGroup>('streams');
  const isPort = (item: unknown) => !!channels?.isTransferable(item);
  const isStream = (item: unknown) => !!streams?.isFreeStream(item);
  checkAll(items, (item) => isBuffer(item) || isPort(item) || isStream(item), refused);
  const ports = list<object>();
  const moves = list<() => void>();
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (isBuffer(item)) {
      if (bufferDetached(item)) refused('A detached buffer');
      // Moved at the end: a view on it that is still to be written says where it lies until then.
      mapSet(seen, item, cloneBuffer(item));
      moves[moves.length] = () => void (transferBuffer(item) ?? refused('A detached buffer'));
      continue;
    }
    if (isStream(item)) {
      const { connect, stream } = streams!.transferStream(item);
      mapSet(seen, item, stream);
      moves[moves.length] = () => (isStream(item) ? connect() : refused('A locked stream'));
      continue;
    }
    const made = channels!.newPort();
    mapSet(seen, item, made);
    ports[ports.length] = made;
    moves[moves.length] = () => {
      // A getter of the message may have sent it elsewhere.
      if (!channels!.isTransferable(item)) refused('A detached port');
      channels!.movePort(item, made);
    };
  }
  const finish = () => {
    for (let i = 0; i < moves.length; i++) moves[i]!();
  };
  return record({ ports, finish });
}

function checkAll(
  items: readonly unknown[],
  isTransferable: (item: unknown) => boolean,
  refused: Refuse,
): void {
  const known = new primordials.Map<unknown, boolean>();
  for (let i = 0; i < items.length; i++) {
    if (!isTransferable(items[i])) refused('A value of the transfer list');
    if (mapHas(known, items[i])) refused('A value that is in the transfer list twice');
    mapSet(known, items[i], true);
  }
}
