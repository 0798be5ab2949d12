/** Whose fault an error is. `caller` sent something wrong, `script` is the guest's own code. */
type Blame = 'caller' | 'script' | 'policy' | 'system';

export interface ErrorEntry {
  /** HTTP status of the answer that carries the error. */
  status: number;
  blame: Blame;
  /** Whether the same request may be sent again unchanged. */
  retry: boolean;
  /** What it means, in one line. */
  meaning: string;
  /** What to do about it. */
  action: string;
}

// eslint-disable-next-line max-params -- one row of a table
export const entry = (
  status: number,
  blame: Blame,
  retry: boolean,
  meaning: string,
  action: string,
): ErrorEntry => ({ status, blame, retry, meaning, action });
