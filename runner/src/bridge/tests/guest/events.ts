import { record } from '../../../guest/interface.ts';
import type { TestEvent } from './results.ts';

/** Takes an event; throws where there is no room for it. */
export type EventSink = (event: TestEvent) => void;

/** Tells events as far as they are taken, and with the next one that is how many were not. */
export function bestEffort(sink: EventSink | undefined): (event: TestEvent) => void {
  if (!sink) return () => {};
  let dropped = 0;
  return (event) => {
    try {
      if (dropped > 0) {
        sink(record({ type: 'dropped', count: dropped }));
        dropped = 0;
      }
      sink(event);
    } catch {
      dropped++;
    }
  };
}
