import { Type, type Static } from '../schema/typebox.ts';

/** The name of a header field: a token of RFC 9110. */
export const HEADER_NAME_PATTERN = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";
export const MAX_HEADER_NAME = 64;
/** Visible ASCII, with spaces and tabs within. */
const VALUE_PATTERN = '^[\\x21-\\x7e]([\\t\\x20-\\x7e]*[\\x21-\\x7e])?$';
/** Servers take heads of 8 to 16 KiB as a whole. */
const MAX_HEADER_VALUE = 8 * 1024;
export const MAX_ADDED_HEADERS = 8;
export const MAX_NET_RULES = 64;
/** All that one script's rules add and trust; egress holds as much for each ticket that is open. */
export const MAX_CREDENTIALS_BYTES = 64 * 1024;

/** What egress adds to requests that one rule covers, and whom it trusts there. */
export const RuleCredentialsSchema = Type.Object(
  {
    /** Which of the ticket's rules, from 0. */
    rule: Type.Integer({ minimum: 0, maximum: MAX_NET_RULES - 1 }),
    headers: Type.Array(
      Type.Tuple([
        Type.String({ maxLength: MAX_HEADER_NAME, pattern: HEADER_NAME_PATTERN }),
        Type.String({ maxLength: MAX_HEADER_VALUE, pattern: VALUE_PATTERN }),
      ]),
      { maxItems: MAX_ADDED_HEADERS },
    ),
    /** Certificates in PEM that are trusted instead of Node's own. */
    ca: Type.Optional(Type.String({ maxLength: MAX_CREDENTIALS_BYTES })),
  },
  { additionalProperties: false },
);
export type RuleCredentials = Static<typeof RuleCredentialsSchema>;

/** About the connection, the body or the way, or said by egress itself. */
const NOT_ADDED = new Set([
  'accept-encoding',
  'cdn-loop',
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'range',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const NOT_ADDED_PREFIXES = ['proxy-', 'sec-websocket-'];

/** Whether a header of this name may be added to a request. */
export function isAddable(name: string): boolean {
  const lower = name.toLowerCase();
  return !NOT_ADDED.has(lower) && !NOT_ADDED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

const valuePattern = new RegExp(VALUE_PATTERN);

/** What is wrong with the value of a header, without the value. */
export function headerValueProblem(value: string): string | undefined {
  if (value.length > MAX_HEADER_VALUE) return `is longer than ${MAX_HEADER_VALUE} characters`;
  if (value === '') return 'is empty';
  return valuePattern.test(value) ? undefined : 'has characters that no header may have';
}
