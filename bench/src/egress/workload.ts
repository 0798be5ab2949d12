/** What the server answers everybody: a small document, as of an API. */
export const ANSWER = JSON.stringify({
  items: Array.from({ length: 8 }, (_, id) => ({ id, name: `item ${id}`, tags: ['a', 'b'] })),
});

/** Answers the times between the requests that came since it was asked last, in milliseconds. */
export const GAPS_PATH = '/gaps';

/** As many as a run has by default. */
export const CONNECTIONS = 8;

export interface Work {
  url: string;
  count: number;
  /** Requests under way at once; each waits for the whole answer before the next. */
  atOnce: number;
}

/** Does the work by a `fetch`: in the guest its own, here that of a reference. */
export async function ask(
  { url, count, atOnce }: Work,
  once: (url: string) => Promise<string>,
): Promise<number> {
  let left = count;
  const asker = async () => {
    while (left-- > 0) {
      // eslint-disable-next-line no-await-in-loop -- each asks one after the other
      const text = await once(url);
      if (!text.startsWith('{"items":[')) throw new Error(`a wrong answer: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, asker));
  return count;
}

/** The same as a guest's script: TypeScript, as a script may be. */
export const GUEST_CODE = `const ask = ${ask.toString()};
return ask(input, async (url) => (await fetch(url)).text());`;
