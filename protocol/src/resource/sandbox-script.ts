import { Type, type Static } from '../schema/typebox.ts';
import { REUSES, SCRIPT_MODES } from '../run/guest-options.ts';
import { closed, clusterRules, duration } from './fields.ts';
import { API_VERSION, MetadataSchema } from './metadata.ts';
import { programFields, programRules } from './script-program.ts';
import { modeRules, RouteSchema, ServerSchema } from './script-server.ts';

export const CONCURRENCY_POLICIES = ['Allow', 'Forbid', 'Replace'] as const;
export type ConcurrencyPolicy = (typeof CONCURRENCY_POLICIES)[number];

export const ScheduleSchema = Type.Object(
  {
    every: duration('Run at this interval, at least `1s`. Exactly one of `every` and `cron`.'),
    cron: Type.Optional(
      Type.String({
        minLength: 9,
        maxLength: 128,
        description:
          'Five fields (or six with seconds), as crontab has them. Exactly one of `every` and `cron`.',
      }),
    ),
    timeZone: Type.Optional(
      Type.String({ maxLength: 64, description: 'IANA time zone of `cron`. Default: UTC.' }),
    ),
    concurrencyPolicy: Type.Optional(
      Type.Enum([...CONCURRENCY_POLICIES], {
        default: 'Forbid',
        description:
          'What happens when a run is due while the last still goes on. Default: Forbid (skip it).',
      }),
    ),
    startingDeadline: duration(
      'How late a run may start; a later one is skipped. Default: `30s`.',
      { default: '30s' },
    ),
    splay: duration(
      'Runs are moved by a fixed part of this, so that scripts of one schedule do not start at once. Default: none.',
    ),
  },
  {
    ...closed,
    ...clusterRules(
      {
        rule: 'has(self.every) != has(self.cron)',
        message: 'schedule needs exactly one of `every` and `cron`',
      },
      {
        rule: '!has(self.timeZone) || has(self.cron)',
        message: 'timeZone is for `cron`; `every` has no time zone',
        fieldPath: '.timeZone',
      },
    ),
    description: 'When it runs by itself. Default: only when it is asked to.',
  },
);
export type Schedule = Static<typeof ScheduleSchema>;

export const SandboxScriptSpecSchema = Type.Object(
  {
    ...programFields,
    mode: Type.Optional(
      Type.Enum([...SCRIPT_MODES], {
        default: 'script',
        description:
          'script: runs that end by themselves. check: runs of tests, which fail where one of them does. server: what `serve` answers HTTP and WebSockets with. worker: a worker for each WebSocket that connects to the script, which it speaks with by messages. Default: script.',
      }),
    ),
    route: Type.Optional(RouteSchema),
    server: Type.Optional(ServerSchema),
    input: Type.Optional(
      Type.Unknown({ description: 'Any JSON; the script reads it as `input`.' }),
    ),
    schedule: Type.Optional(ScheduleSchema),
    reuse: Type.Optional(
      Type.Enum([...REUSES], {
        default: 'none',
        description:
          'none: a fresh isolate for every run. script: runs of this script share a warm one. Default: none.',
      }),
    ),
    suspend: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Keep the schedule from starting runs, or the server from answering.',
      }),
    ),
    history: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 50,
        description: 'Runs kept on record. Default: 50.',
      }),
    ),
  },
  {
    ...closed,
    ...clusterRules(
      ...programRules,
      {
        rule: "self.reuse != 'script' || self.engine == 'isolate'",
        message: 'reuse: only the isolate engine can reuse',
        fieldPath: '.reuse',
      },
      ...modeRules,
      {
        rule: "self.mode != 'worker' || (!has(self.schedule) && !has(self.env) && !has(self.permissions) && self.reuse != 'script')",
        message:
          'mode: a worker has no schedule, env, permissions or reuse (nor an input, which no rule can see)',
        fieldPath: '.mode',
      },
    ),
    description: 'What runs, what it may use, and when.',
  },
);
export type SandboxScriptSpec = Static<typeof SandboxScriptSpecSchema>;

/** What a tenant writes: a script, what it may use, and when it runs. */
export const SandboxScriptSchema = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('SandboxScript'),
    metadata: MetadataSchema,
    spec: SandboxScriptSpecSchema,
    status: Type.Optional(Type.Unknown()),
  },
  closed,
);
export type SandboxScript = Static<typeof SandboxScriptSchema>;
