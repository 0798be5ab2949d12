/** Longer than any source within the size limit takes here (1 MiB of parentheses: 0.4 s). */
export const COMPILE_DEADLINE_MS = 10_000;
