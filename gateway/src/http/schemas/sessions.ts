import {
  DEFAULT_MAX_REQUESTS,
  GuestErrorSchema,
  LAYERS,
  LIMIT_BOUNDS,
  NetRuleSchema,
  TestResultsSchema,
} from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';
import { classified, exitReason, logLines, refusals } from './answers.ts';
import {
  code,
  DEFAULT_TIMEOUT_MS,
  language,
  limit,
  MAX_TIMEOUT_MS,
  trafficFields,
} from './requests.ts';
import { titled } from './titled.ts';

const closed = { additionalProperties: false };
const DAY_MS = 24 * 3_600_000;
const DEFAULT_IDLE_MS = 1_800_000;

const LimitFields = Type.Object(
  {
    memoryBytes: limit('memoryBytes', 'V8 heap and array buffers.'),
    cpuTimeMs: limit(
      'cpuTimeMs',
      'CPU time at a stretch, also between evals. Default: wallTimeMs.',
    ),
    wallTimeMs: Type.Optional(
      Type.Integer({
        minimum: LIMIT_BOUNDS.wallTimeMs.minimum,
        maximum: MAX_TIMEOUT_MS,
        default: DEFAULT_TIMEOUT_MS,
        description: 'What one eval may take.',
      }),
    ),
    requests: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        default: DEFAULT_MAX_REQUESTS,
        description: 'Outbound requests of one eval.',
      }),
    ),
    ...trafficFields,
  },
  closed,
);

const PermissionFields = Type.Object(
  {
    net: Type.Optional(
      Type.Array(NetRuleSchema, {
        maxItems: 64,
        description: 'Hosts that it may reach during an eval. Default: none.',
      }),
    ),
  },
  closed,
);

export const SessionSchema = Type.Object(
  {
    key: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        description: 'Whose session it is; one that exists is answered. Default: a new one.',
      }),
    ),
    idle: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: DAY_MS,
        default: DEFAULT_IDLE_MS,
        description: 'Milliseconds without use after which it is evicted.',
      }),
    ),
    language,
    limits: Type.Optional(titled('SessionLimits', LimitFields)),
    permissions: Type.Optional(titled('SessionPermissions', PermissionFields)),
    env: Type.Optional(
      Type.Object({}, { additionalProperties: true, description: 'Read as `env`.' }),
    ),
  },
  { ...closed, title: 'SessionBody' },
);
export type SessionBody = Static<typeof SessionSchema>;

const filename = Type.Optional(
  Type.String({ minLength: 1, maxLength: 4096, description: 'What stack traces call it.' }),
);
const timeout = Type.Optional(
  Type.Number({
    minimum: 1,
    description: 'Milliseconds; more than limits.wallTimeMs counts as that. Default: that.',
  }),
);

export const SessionEvalSchema = Type.Object(
  { code, filename, language, timeout },
  { ...closed, title: 'SessionEvalBody' },
);
export type SessionEvalBody = Static<typeof SessionEvalSchema>;

export const SessionParamsSchema = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: 64 }) },
  closed,
);
export type SessionParams = Static<typeof SessionParamsSchema>;

const time = (description: string) =>
  Type.Number({ description: `${description}, in milliseconds since the epoch.` });

const SessionViewSchema = titled(
  'Session',
  Type.Object({
    id: Type.String(),
    key: Type.String(),
    created: Type.Optional(
      Type.Boolean({ description: 'Of an answer to POST: there was none of its key before.' }),
    ),
    state: Type.Enum(['busy', 'idle'], { description: '`busy`: somebody has it, or makes it.' }),
    createdAt: time('When it was made'),
    idle: Type.Number({ description: 'Milliseconds without use after which it is evicted.' }),
    expiresAt: Type.Optional(time('When it is evicted, unless somebody uses it before')),
    layers: Type.Array(titled('Layer', Type.Enum([...LAYERS])), {
      description: 'What protects this session.',
    }),
  }),
);

const evalFields = {
  logs: logLines('What it wrote to the console meanwhile.'),
  logsCut: Type.Boolean({ description: 'Lines are missing: there were more than are kept.' }),
  stats: titled(
    'EvalFigures',
    Type.Object({
      cpuTimeMs: Type.Number(),
      wallTimeMs: Type.Number(),
      durationMs: Type.Number({ description: 'From the arrival to the end.' }),
    }),
  ),
  exitReason,
  ended: Type.Boolean({ description: 'The session is over: its guest passed a limit.' }),
};

const GoodEvalSchema = Type.Object(
  {
    success: Type.Literal(true),
    result: Type.Unknown({
      description: 'The default export; null for none and for what is no JSON.',
    }),
    ...evalFields,
  },
  { title: 'EvalSucceeded', description: 'The code was evaluated.' },
);

const FailedEvalSchema = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.Object({ type: exitReason, ...GuestErrorSchema.properties, ...classified }),
    ...evalFields,
  },
  { title: 'EvalFailed', description: 'The code failed; `error.type` is the exit reason.' },
);

export const sessionAnswers = { 200: SessionViewSchema, ...refusals };
export const sessionMadeAnswers = {
  200: SessionViewSchema,
  201: SessionViewSchema,
  ...refusals,
};
export const sessionEndAnswers = {
  204: Type.Null({ description: 'It has ended.' }),
  ...refusals,
};
export const sessionListAnswers = {
  200: titled('SessionList', Type.Object({ sessions: Type.Array(SessionViewSchema) })),
  ...refusals,
};
export const evalAnswers = { 200: GoodEvalSchema, 422: FailedEvalSchema, ...refusals };
export const testAnswers = {
  200: titled('TestResults', TestResultsSchema),
  422: FailedEvalSchema,
  ...refusals,
};
