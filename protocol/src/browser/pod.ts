import { BrowserCallSchema } from '../runtime/browser.ts';
import { TicketText } from '../run/egress.ts';
import { Type, type Static } from '../schema/typebox.ts';

const closed = { additionalProperties: false };

/** What a gateway calls of a browser pod. */
export const BROWSER_POD_METHODS = {
  /** {@link BrowserOpen}; lasting: event {@link BrowserOpened}, answer {@link BrowserEnd}. Cancelling ends the session. */
  open: 'browser.open',
  /** {@link BrowserPodCall}, bytes both ways; answer `BrowserAnswer`. */
  call: 'browser.call',
  /** {@link BrowserArtifactsAsked}; answer {@link BrowserArtifacts}, its screenshots and its trace as data. */
  artifacts: 'browser.artifacts',
} as const;

const sessionId = () => Type.String({ pattern: '^[0-9A-Za-z-]{8,128}$' });

/** The contexts and pages of one run, or of one runtime. */
export const BrowserOpenSchema = Type.Object(
  {
    sessionId: sessionId(),
    tenant: Type.String({ minLength: 1, maxLength: 128 }),
    /** Of a session of its own: egress gives a ticket to one connection. Absent: it reaches nothing. */
    ticket: Type.Optional(TicketText),
    /** Whether its contexts are recorded, for {@link BrowserTraceSchema}. */
    trace: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type BrowserOpen = Static<typeof BrowserOpenSchema>;

export const BrowserOpenedSchema = Type.Object({ opened: Type.Literal(true) }, closed);
export type BrowserOpened = Static<typeof BrowserOpenedSchema>;

/** Why a session is over that nobody cancelled. Calls to it reject with `RUNTIME_ENDED` from then on. */
export const BrowserEndSchema = Type.Object(
  { reason: Type.Enum(['crashed', 'stopped']), message: Type.String({ maxLength: 1_024 }) },
  closed,
);
export type BrowserEnd = Static<typeof BrowserEndSchema>;

export const BrowserPodCallSchema = Type.Object(
  { sessionId: sessionId(), ...BrowserCallSchema.properties },
  closed,
);

export const BrowserArtifactsAskedSchema = Type.Object(
  {
    sessionId: sessionId(),
    /** Whether to photograph the pages that are open, {@link MAX_ARTIFACT_SCREENSHOTS} at most. */
    screenshots: Type.Optional(Type.Boolean()),
    /** Ends the recording and asks for it. */
    trace: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** Lines that a session keeps; later ones are counted. */
export const MAX_ARTIFACT_LINES = 1_000;
/** Characters of one of them. */
export const MAX_ARTIFACT_TEXT = 2_048;
export const MAX_ARTIFACT_SCREENSHOTS = 4;
/** Bytes of all screenshots together. */
export const MAX_ARTIFACT_BYTES = 8 * 1024 * 1024;

const BrowserArtifactLineSchema = Type.Object(
  {
    /** Milliseconds since the epoch. */
    time: Type.Number(),
    /** A page's console, an error that no page caught, a connection that egress refused. */
    kind: Type.Enum(['console', 'pageerror', 'network']),
    /** Of the console: `log`, `warning`, `error`, …; otherwise `error`. */
    level: Type.String({ maxLength: 32 }),
    text: Type.String({ maxLength: MAX_ARTIFACT_TEXT }),
  },
  closed,
);
export type BrowserArtifactLine = Static<typeof BrowserArtifactLineSchema>;

/** Bytes of the trace of a session: its texts have 2 MiB, its pictures the rest. */
export const MAX_TRACE_BYTES = 8 * 1024 * 1024;

/** Playwright's trace of a session: a ZIP archive for its viewer. */
const BrowserTraceSchema = Type.Object(
  {
    bytes: Type.Integer({ minimum: 0, maximum: MAX_TRACE_BYTES }),
    /** Of what the beginning is missing. Empty: it is whole. */
    cut: Type.Array(Type.Enum(['pictures', 'actions']), { maxItems: 2 }),
  },
  closed,
);
export type BrowserTrace = Static<typeof BrowserTraceSchema>;

/** What a session has left behind so far. */
export const BrowserArtifactsSchema = Type.Object(
  {
    lines: Type.Array(BrowserArtifactLineSchema, { maxItems: MAX_ARTIFACT_LINES }),
    /** Lines for which there was no place. */
    dropped: Type.Integer({ minimum: 0 }),
    /** JPEG images, one after the other as data. */
    screenshots: Type.Array(
      Type.Object(
        {
          url: Type.String({ maxLength: MAX_ARTIFACT_TEXT }),
          bytes: Type.Integer({ minimum: 0, maximum: MAX_ARTIFACT_BYTES }),
        },
        closed,
      ),
      { maxItems: MAX_ARTIFACT_SCREENSHOTS },
    ),
    /** Behind the screenshots. Absent where nothing was recorded, or it was not asked for. */
    trace: Type.Optional(BrowserTraceSchema),
  },
  closed,
);
export type BrowserArtifacts = Static<typeof BrowserArtifactsSchema>;
