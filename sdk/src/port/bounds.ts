/**
 * What one end of a port may ask of the other. The guest's end has the same numbers
 * (`runner/src/bridge/port/guest/bounds.ts`) and refuses to go beyond; a guest that does all the same
 * has broken the protocol.
 */
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
/** A function is called with no more: the engine has a stack for some 100,000. */
export const MAX_ARGUMENTS = 1_000;

/** A frame is one large message, or a batch of small ones. */
export const BATCH_LENGTH = 1024 * 1024;
export const BATCH_VALUES = 100_000;
/** Brackets and commas of one frame: a message's values, a batch beside it and what wraps them. */
export const MAX_FRAME_VALUES = MAX_VALUES + 2 * BATCH_VALUES;
/** A value in a map, or in an object with a `$` key, is within three brackets. */
export const MAX_FRAME_DEPTH = 3 * MAX_DEPTH + 8;
