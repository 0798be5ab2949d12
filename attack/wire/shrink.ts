/** Tries at most: a long input that fails slowly is given as it is. */
const MAX_TRIES = 2_000;

/** The shortest input found that still fails, by leaving out ever smaller parts of it. */
export async function shrunk(
  input: Buffer,
  fails: (bytes: Buffer) => Promise<boolean>,
): Promise<Buffer> {
  let best = input;
  let tries = 0;
  for (
    let part = Math.ceil(best.byteLength / 2);
    part >= 1;
    part = part === 1 ? 0 : Math.ceil(part / 2)
  ) {
    for (let at = 0; at < best.byteLength;) {
      if (++tries > MAX_TRIES) return best;
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + part)]);
      // eslint-disable-next-line no-await-in-loop -- each step starts from the last
      if (await fails(shorter)) best = shorter;
      else at += part;
    }
  }
  return best;
}
