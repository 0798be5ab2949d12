import { MAX_NETWORK_NAME, parseJson } from '@cofferdam/protocol';

/** As deep as what crosses may nest: deeper input ends recursive readers. */
const MAX_DEPTH = 1_000;

/** `[name, text?]`, as messages cross; throws a TypeError for cycles and bigints. */
export function written(name: string, data: unknown): string[] {
  const text = JSON.stringify(data) as string | undefined;
  return text === undefined ? [name] : [name, text];
}

/** The same read back; `undefined` for what is no message. Throws for text that is no JSON of ours. */
export function readMessage(value: unknown): { name: string; data: unknown } | undefined {
  if (!Array.isArray(value)) return undefined;
  const [name, text] = value as unknown[];
  if (typeof name !== 'string' || name.length > MAX_NETWORK_NAME) return undefined;
  return { name, data: dataOf(text) };
}

function dataOf(text: unknown): unknown {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw new TypeError('a message is no text');
  return parseJson(text, { maxDepth: MAX_DEPTH });
}
