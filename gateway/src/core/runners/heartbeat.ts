import { CofferdamError, type Channel } from '@cofferdam/protocol';

/** Between two questions. */
const EVERY_MS = 1_000;
/** A runner's own process runs no guest code: it answers within milliseconds on a machine that is not overloaded. */
const MOST_MISSED = 5;

/**
 * Ends the connection of a peer that has fallen silent. One whose machine, or whose gVisor kernel, was
 * killed sends no last packet: what was under way would wait for its deadline.
 */
export function keepHeartbeat(channel: Channel, everyMs = EVERY_MS): void {
  // Counted, not timed: a gateway that was itself stopped for a while has heard nobody, and asks once more.
  let missed = 0;
  const timer = setInterval(() => {
    if (missed++ >= MOST_MISSED) {
      channel.close(new CofferdamError('CONNECTION_LOST', 'the runner has fallen silent'));
    }
    channel.ping().then(
      () => (missed = 0),
      () => {},
    );
  }, everyMs);
  timer.unref();
  void channel.closed.then(() => clearInterval(timer));
}
