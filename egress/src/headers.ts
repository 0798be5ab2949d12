/** Header fields as pairs, in order. */
export type Headers = [string, string][];

/** About the connection and not the message: ours on both sides. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** Said by egress alone: who is asked, how a body is framed, what is decoded. */
const OURS = new Set(['host', 'content-length', 'expect', 'accept-encoding']);

const DEFAULTS: Headers = [
  ['accept', '*/*'],
  ['user-agent', 'cofferdam'],
];

/** What the guest's header list becomes on the wire; what it may not say is left out, as fetch does. */
export function requestHeaders(given: Headers, hasBody: boolean): Headers {
  const kept = given.filter(([name]) => !isForbidden(name.toLowerCase()));
  const names = new Set(kept.map(([name]) => name.toLowerCase()));
  return [
    ...kept,
    ...DEFAULTS.filter(([name]) => !names.has(name)),
    // A part of an encoded body could not be decoded.
    ['accept-encoding', names.has('range') ? 'identity' : 'gzip, deflate, br'],
    ...(hasBody ? declaredLength(given) : []),
  ];
}

function isForbidden(name: string): boolean {
  return HOP_BY_HOP.has(name) || OURS.has(name) || name.startsWith('proxy-');
}

/** The length that the guest's side declared: undici ends the request when the body does not keep it. */
function declaredLength(given: Headers): Headers {
  const lengths = given.filter(([name]) => name.toLowerCase() === 'content-length');
  const [first] = lengths;
  return lengths.length === 1 && /^[0-9]{1,15}$/.test(first![1])
    ? [['content-length', first![1]]]
    : [];
}

/** Without the fields that are about the connection, those that `connection` names among them. */
export function responseHeaders(raw: readonly string[]): Headers {
  const all: Headers = [];
  for (let i = 0; i + 1 < raw.length; i += 2) all.push([raw[i]!, raw[i + 1]!]);
  const named = new Set(
    all
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.toLowerCase().split(','))
      .map((name) => name.trim()),
  );
  return all.filter(([name]) => {
    const lower = name.toLowerCase();
    return !HOP_BY_HOP.has(lower) && !named.has(lower) && !lower.startsWith('proxy-');
  });
}

export function headerValue(headers: Headers, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

export function withoutHeaders(headers: Headers, names: ReadonlySet<string>): Headers {
  return headers.filter(([name]) => !names.has(name.toLowerCase()));
}
