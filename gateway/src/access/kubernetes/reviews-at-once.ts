/** Reviews at once: of tokens nobody has vouched for yet, of those that were good before, of rights. */
export const AT_ONCE = { unknown: 16, proven: 16, rights: 64 };
