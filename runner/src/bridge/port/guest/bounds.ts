/** As `sdk/src/port/bounds.ts` has them, which a test compares: the embedder holds a guest to these. */
export const MAX_PENDING_CALLS = 10_000;
export const MAX_REFERENCES = 10_000;
/** One message, which has to fit into a frame of 16 MiB with the brackets around it. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024 - 2;
/** Values of one message, keys and wrappings counted too: what a parser makes of a text is many times its size. */
export const MAX_VALUES = 1_000_000;
export const MAX_DEPTH = 200;
/** A number's decimal digits: reading them takes more than linear time. */
export const MAX_BIGINT_DIGITS = 10_000;
/** Signals that outlive the calls they were given to: older ones are let go of. */
export const MAX_IDLE_SIGNALS = 1_000;

/** Text that may be with the host and was not acknowledged, in UTF-16 units. */
export const MAX_UNSENT = 4 * 1024 * 1024;
/** Text that may wait in the guest's own heap beyond that before calls are refused. */
export const MAX_QUEUED = 64 * 1024 * 1024;
/** A batch is posted when it has grown to this, before its turn is over. */
export const BATCH_LENGTH = 1024 * 1024;
export const BATCH_VALUES = 100_000;
