import { Type, type Static } from '../schema/typebox.ts';

const closed = { additionalProperties: false };
const name = (maxLength: number) => Type.String({ minLength: 1, maxLength });

/** The largest arguments of one call, or its answer, as JSON text; bytes go beside them. */
export const MAX_BROWSER_JSON = 1024 * 1024;
/** The largest bytes of one call, or of its answer: a screenshot, a file. */
export const MAX_BROWSER_BYTES = 16 * 1024 * 1024;

/** One call of a guest's `browser`, a context, a page or a locator of it. */
export const BrowserCallSchema = Type.Object(
  {
    /** `browser`, or the id of a handle: `context:1`, `page:2`. */
    object: name(64),
    /** How a locator is found from there: the methods that make it, each with its arguments. */
    chain: Type.Optional(
      Type.Array(Type.Tuple([name(64), Type.String({ maxLength: MAX_BROWSER_JSON })]), {
        maxItems: 32,
      }),
    ),
    method: name(64),
    /** JSON text of a list; see docs/browser.md for the tags in it. */
    args: Type.String({ maxLength: MAX_BROWSER_JSON }),
    /** Bytes that follow as data, which the arguments refer to. */
    bytes: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_BROWSER_BYTES })),
  },
  closed,
);
export type BrowserCall = Static<typeof BrowserCallSchema>;

/** Bytes of the value come as data. */
export const BrowserAnswerSchema = Type.Object(
  {
    /** JSON text. Absent for `undefined`. */
    value: Type.Optional(Type.String({ maxLength: MAX_BROWSER_JSON })),
    /** JSON text: by handle's id, what has changed of pages and frames since the last answer. */
    state: Type.Optional(Type.String({ maxLength: MAX_BROWSER_JSON })),
    /** The number of the newest event by then: a guest that listens is told of it before the answer. */
    events: Type.Optional(Type.Integer({ minimum: 0 })),
    error: Type.Optional(
      Type.Object(
        { name: Type.String({ maxLength: 256 }), message: Type.String({ maxLength: 8192 }) },
        closed,
      ),
    ),
  },
  closed,
);
export type BrowserAnswer = Static<typeof BrowserAnswerSchema>;

/** What a runtime's guest asks of its embedder. */
export const BindingBrowserSchema = Type.Object(
  { runtimeId: name(128), ...BrowserCallSchema.properties },
  closed,
);
export type BindingBrowser = Static<typeof BindingBrowserSchema>;
