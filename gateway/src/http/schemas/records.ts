import {
  ENGINES,
  EXIT_REASONS,
  GuestErrorSchema,
  LAYERS,
  PRESETS,
  RunStatsSchema,
  SPAN_NAMES,
} from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';
import { logLines } from './answers.ts';
import { titled } from './titled.ts';

/** What is answered of runs on record, for OpenAPI alone. */
const text = () => Type.String();
const milliseconds = (description: string) => Type.Number({ description });
const sinceEpoch = (what: string) => milliseconds(`${what}, in milliseconds since the epoch.`);

const ScriptOfRun = Type.Object({
  uid: text(),
  namespace: text(),
  name: text(),
  generation: Type.Integer(),
});

const entryFields = {
  seq: Type.Integer({ description: 'Grows with every record.' }),
  runId: text(),
  traceId: text(),
  tenant: Type.String({ description: 'The namespace that it ran in.' }),
  trigger: Type.Enum(['http', 'schedule', 'manual']),
  engine: titled('Engine', Type.Enum([...ENGINES])),
  preset: titled('Preset', Type.Enum([...PRESETS])),
  name: Type.String({ description: 'A script’s name, or `inline`.' }),
  script: Type.Optional(ScriptOfRun),
  scheduledAt: Type.Optional(sinceEpoch('When it was due')),
  startedAt: sinceEpoch('When it started'),
  durationMs: Type.Optional(milliseconds('Absent while the run goes on.')),
  queuedMs: Type.Optional(Type.Number()),
  exitReason: Type.Optional(titled('ExitReason', Type.Enum([...EXIT_REASONS]))),
};

const RunListEntrySchema = titled(
  'RunListEntry',
  Type.Object(
    {
      ...entryFields,
      error: Type.Optional(Type.Object({ name: text(), message: text() })),
      preview: Type.Optional(
        Type.String({ description: 'The first 256 characters of the result’s JSON text.' }),
      ),
    },
    { description: 'What a list shows of a run.' },
  ),
);

export const RunListAnswerSchema = titled(
  'RunList',
  Type.Object({
    runs: Type.Array(RunListEntrySchema),
    next: Type.Optional(Type.Integer({ description: 'The `before` of the next page.' })),
  }),
);
export type RunListAnswer = Static<typeof RunListAnswerSchema>;

const attribute = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);
const FinishedSpanSchema = titled(
  'RunSpan',
  Type.Object({
    spanId: text(),
    parentSpanId: Type.Optional(text()),
    name: Type.Enum([...SPAN_NAMES]),
    start: sinceEpoch('When it began'),
    end: sinceEpoch('When it ended'),
    error: Type.Optional(text()),
    attributes: Type.Optional(Type.Record(Type.String(), attribute)),
  }),
);

export const RunRecordAnswerSchema = titled(
  'RunRecord',
  Type.Object(
    {
      ...entryFields,
      error: Type.Optional(Type.Object(GuestErrorSchema.properties)),
      result: Type.Optional(
        Type.Unknown({
          description:
            'Kept up to 32 Ki characters, of a check up to 256 Ki; absent when it was longer.',
        }),
      ),
      valueCut: Type.Boolean({ description: 'The result was too long to be kept.' }),
      logs: logLines('The last console lines, up to 16 Ki characters of messages.'),
      logsCut: Type.Boolean({ description: 'Lines are missing.' }),
      stats: Type.Optional(Type.Object(RunStatsSchema.properties)),
      layers: Type.Array(titled('Layer', Type.Enum([...LAYERS]))),
      digest: Type.Optional(text()),
      spans: Type.Array(FinishedSpanSchema, {
        description: 'Its trace, the root first; empty where it was too large to be kept.',
      }),
    },
    { description: 'Everything that is kept of a run.' },
  ),
);
export type RunRecordAnswer = Static<typeof RunRecordAnswerSchema>;

export const ArtifactListAnswerSchema = titled(
  'RunArtifacts',
  Type.Object({
    artifacts: Type.Array(
      titled(
        'RunArtifact',
        Type.Object({
          name: Type.String({
            description:
              '`screenshot-1.png` of the guest’s own, `page-1.jpg` of a page that a failed check left open, `browser.json` with what pages wrote to their consoles, threw and were refused, `trace.zip` of a failed check for Playwright’s trace viewer.',
          }),
          contentType: Type.Enum([
            'image/png',
            'image/jpeg',
            'application/json',
            'application/zip',
          ]),
          size: Type.Integer({ description: 'Bytes.' }),
          about: Type.Optional(
            Type.String({ description: 'The address of a page, or what is missing of a trace.' }),
          ),
        }),
      ),
    ),
  }),
);
export type ArtifactListAnswer = Static<typeof ArtifactListAnswerSchema>;
