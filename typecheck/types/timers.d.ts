/** Calls back after so many milliseconds; the number ends it. */
declare function setTimeout<Args extends any[]>(
  callback: (...args: Args) => void,
  delay?: number,
  ...args: Args
): number;
declare function clearTimeout(id?: number): void;
declare function setInterval<Args extends any[]>(
  callback: (...args: Args) => void,
  delay?: number,
  ...args: Args
): number;
declare function clearInterval(id?: number): void;
