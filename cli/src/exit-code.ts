/** What `cofferdam` answers to the shell. */
export const EXIT = {
  ok: 0,
  /** The script failed, or the file is not valid. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Something of Cofferdam itself: no gateway there, a port in use. */
  trouble: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
