import { Type, type Static } from '../schema/typebox.ts';
import { FetchStartSchema } from '../run/fetch.ts';
import { WebSocketStartSchema } from '../run/web-socket.ts';

const closed = { additionalProperties: false };
const path = () => Type.String({ minLength: 1, maxLength: 4096 });
const runtimeId = () => Type.String({ minLength: 1, maxLength: 128 });
/** On whose behalf a guest that serves asks: its own word, which counts only while it serves that. */
const requestId = () => Type.Optional(Type.String({ minLength: 1, maxLength: 128 }));
const digest = () => Type.String({ pattern: '^[0-9a-f]{64}$' });

/** What a guest's `fetch` asks of its embedder. A body follows as data where there is one. */
export const BindingFetchSchema = Type.Object(
  { ...FetchStartSchema.properties, runtimeId: runtimeId(), requestId: requestId() },
  closed,
);
export type BindingFetch = Static<typeof BindingFetchSchema>;

/** What a guest's WebSocket asks of its embedder; messages follow as data both ways. */
export const BindingWebSocketSchema = Type.Object(
  { ...WebSocketStartSchema.properties, runtimeId: runtimeId(), requestId: requestId() },
  closed,
);

/** Specifiers of one level of a module graph, each with who imports it. */
export const ModulesQuerySchema = Type.Object(
  {
    runtimeId: runtimeId(),
    wanted: Type.Array(
      Type.Object(
        {
          specifier: path(),
          importer: Type.Object({ path: path(), resolveDir: path() }, closed),
        },
        closed,
      ),
      { maxItems: 4096 },
    ),
  },
  closed,
);
export type ModulesQuery = Static<typeof ModulesQuerySchema>;

export const ResolvedModuleSchema = Type.Object(
  {
    /** The module's identity: what resolves to the same path is the same module. */
    path: path(),
    resolveDir: path(),
    /** For stack traces, and whose ending says the language: .ts, .tsx, .js, .mjs, .cjs, .json. */
    filename: path(),
    /** SHA-256 of the source's text. */
    digest: digest(),
    /** The text is CommonJS, unless it has syntax of ES modules. */
    format: Type.Optional(Type.Literal('commonjs')),
  },
  closed,
);
export type ResolvedModule = Static<typeof ResolvedModuleSchema>;

/** In the order of `wanted`; a text is why it cannot be had. */
export const ModulesAnswerSchema = Type.Object(
  {
    modules: Type.Array(
      Type.Union([ResolvedModuleSchema, Type.Object({ error: Type.String({ maxLength: 1024 }) })]),
      { maxItems: 4096 },
    ),
  },
  closed,
);
export type ModulesAnswer = Static<typeof ModulesAnswerSchema>;

/** Asks for texts that the keeper has not kept from earlier. */
export const SourcesQuerySchema = Type.Object(
  { runtimeId: runtimeId(), digests: Type.Array(digest(), { maxItems: 4096 }) },
  closed,
);
export type SourcesQuery = Static<typeof SourcesQuerySchema>;

/** The bytes of UTF-8 of each text, which came as data in the order of `digests`. */
export const SourcesAnswerSchema = Type.Object(
  {
    bytes: Type.Array(Type.Integer({ minimum: 0, maximum: 16 * 1024 * 1024 }), { maxItems: 4096 }),
  },
  closed,
);
export type SourcesAnswer = Static<typeof SourcesAnswerSchema>;

export const FILES_METHODS = [
  'readFile',
  'writeFile',
  'unlink',
  'readdir',
  'mkdir',
  'rmdir',
  'stat',
  'rename',
] as const;

/** One operation on files. The bytes of `writeFile` follow, those of `readFile` come back, as data. */
export const FilesQuerySchema = Type.Object(
  {
    runtimeId: runtimeId(),
    requestId: requestId(),
    method: Type.Enum([...FILES_METHODS]),
    path: Type.String({ maxLength: 4096 }),
    /** The other path of `rename`. */
    to: Type.Optional(Type.String({ maxLength: 4096 })),
    recursive: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type FilesQuery = Static<typeof FilesQuerySchema>;

export const FilesAnswerSchema = Type.Object(
  {
    names: Type.Optional(Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 100_000 })),
    stat: Type.Optional(
      Type.Object(
        {
          isFile: Type.Boolean(),
          isDirectory: Type.Boolean(),
          size: Type.Number({ minimum: 0 }),
          lastModified: Type.Optional(Type.Number()),
        },
        closed,
      ),
    ),
    /** Instead of an answer: what went wrong, as a DOMException's name and a message. */
    error: Type.Optional(
      Type.Object(
        { name: Type.String({ maxLength: 64 }), message: Type.String({ maxLength: 1024 }) },
        closed,
      ),
    ),
  },
  closed,
);
export type FilesAnswer = Static<typeof FilesAnswerSchema>;
