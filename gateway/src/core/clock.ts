/** Milliseconds since the epoch, with a fraction, never going back while the process lives. */
export type Clock = () => number;

export const monotonicClock: Clock = () => performance.timeOrigin + performance.now();
