/** The error numbers of WASI preview 1 that the shim answers with. */
export const ERRNO = {
  success: 0,
  badf: 8,
  fault: 21,
  inval: 28,
  nosys: 52,
  notsup: 58,
  spipe: 70,
} as const;
