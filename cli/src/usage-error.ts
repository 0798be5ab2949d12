/** What the person at the terminal did wrong, in one sentence. */
export class UsageError extends Error {}
