import { Type, type Static } from '../schema/typebox.ts';

const closed = { additionalProperties: false };

/** The longest address of a request, in bytes: an address is ASCII once it is parsed. */
const MAX_URL_BYTES = 8 * 1024;
const MAX_HEADERS = 128;
const MAX_HEADER_NAME_BYTES = 256;
const MAX_HEADER_VALUE_BYTES = 16 * 1024;
/** All names and values of one head together, in bytes. A schema cannot say this: see {@link headersFit}. */
const MAX_HEADERS_BYTES = 64 * 1024;

/** A token of RFC 9110. */
const TOKEN = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";
/** Bytes as text (one character each), without those that end or cut a line. */
const FIELD_TEXT = '^[\\t\\x20-\\x7e\\x80-\\xff]*$';

const HeadersSchema = Type.Array(
  Type.Tuple([
    Type.String({ minLength: 1, maxLength: MAX_HEADER_NAME_BYTES, pattern: TOKEN }),
    Type.String({ maxLength: MAX_HEADER_VALUE_BYTES, pattern: FIELD_TEXT }),
  ]),
  { maxItems: MAX_HEADERS },
);

export const urlField = () => Type.String({ minLength: 1, maxLength: MAX_URL_BYTES });

/** A request as the guest starts it. Headers are pairs, in order. */
export const FetchStartSchema = Type.Object(
  {
    url: urlField(),
    method: Type.String({ minLength: 1, maxLength: 32, pattern: TOKEN }),
    headers: HeadersSchema,
    redirect: Type.Enum(['follow', 'manual', 'error']),
    /** Whether bytes of a body follow. */
    hasBody: Type.Boolean(),
  },
  closed,
);
export type FetchStart = Static<typeof FetchStartSchema>;

/** The head of a response. */
export const FetchHeadSchema = Type.Object(
  {
    status: Type.Integer({ minimum: 200, maximum: 599 }),
    statusText: Type.String({ maxLength: 512 }),
    headers: HeadersSchema,
    /** The address that answered, after redirects, without its fragment. */
    url: urlField(),
    redirected: Type.Boolean(),
  },
  closed,
);
export type FetchHead = Static<typeof FetchHeadSchema>;

export function headersBytes(headers: readonly (readonly [string, string])[]): number {
  return headers.reduce((total, [name, value]) => total + name.length + value.length, 0);
}

/** Whether the names and values of one head together are within {@link MAX_HEADERS_BYTES}. */
export function headersFit(headers: readonly (readonly [string, string])[]): boolean {
  return headersBytes(headers) <= MAX_HEADERS_BYTES;
}
