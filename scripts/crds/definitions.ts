import { SandboxPoolSpecSchema } from '../../protocol/src/resource/sandbox-pool.ts';
import { SandboxRunSpecSchema } from '../../protocol/src/resource/sandbox-run.ts';
import { SandboxScriptSpecSchema } from '../../protocol/src/resource/sandbox-script.ts';
import { PoolStatusSchema } from '../../protocol/src/resource/pool-status.ts';
import { RunStatusSchema } from '../../protocol/src/resource/run-status.ts';
import { ScriptStatusSchema } from '../../protocol/src/resource/script-status.ts';

interface Column {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  description: string;
  /** 1: only with `-o wide`. */
  priority?: 1;
}

/** One kind, beside what all have in common. */
export interface Definition {
  kind: string;
  shortName: string;
  scope: 'Namespaced' | 'Cluster';
  description: string;
  /** TypeBox schemas. */
  spec: object;
  status: object;
  columns: Column[];
  scale?: Record<string, string>;
}

const condition = (type: string, field: 'status' | 'reason') =>
  `.status.conditions[?(@.type=="${type}")].${field}`;

const text = (name: string, jsonPath: string, description: string): Column => ({
  name,
  type: 'string',
  jsonPath,
  description,
});
const integer = (name: string, jsonPath: string, description: string): Column => ({
  ...text(name, jsonPath, description),
  type: 'integer',
});
const wide = (column: Column): Column => ({ ...column, priority: 1 });
const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When it was created.',
};

export const DEFINITIONS: Definition[] = [
  {
    kind: 'SandboxScript',
    shortName: 'sbx',
    scope: 'Namespaced',
    description:
      'SandboxScript is a script that nobody has to trust: what it is, what it may use, and when it runs.',
    spec: SandboxScriptSpecSchema,
    status: ScriptStatusSchema,
    columns: [
      text('Ready', condition('Ready', 'status'), 'Whether it could run.'),
      text('Healthy', condition('Healthy', 'status'), 'Whether its last runs were good.'),
      text('Reason', condition('Ready', 'reason'), 'Why it could run or could not.'),
      text('Schedule', ".spec.schedule['every','cron']", 'When it runs by itself.'),
      text('Last Result', '.status.lastRun.exitReason', 'How its newest run ended.'),
      {
        name: 'Last Run',
        type: 'date',
        jsonPath: '.status.lastRun.startedAt',
        description: 'When its newest run started.',
      },
      age,
      wide(text('Mode', '.spec.mode', 'Whether it is run, tests, answers HTTP or is driven.')),
      wide(text('URL', '.status.url', 'Where a server answers.')),
      wide(text('Digest', '.status.digest', 'SHA-256 of its source.')),
      wide(text('Pool', '.status.pool', 'The SandboxPool that runs it.')),
    ],
  },
  {
    kind: 'SandboxRun',
    shortName: 'sbxr',
    scope: 'Namespaced',
    description:
      'SandboxRun is one execution on demand, of a SandboxScript or of a script of its own. It cannot be changed.',
    spec: SandboxRunSpecSchema,
    status: RunStatusSchema,
    columns: [
      text('Script', '.spec.scriptRef.name', 'The SandboxScript that it runs.'),
      text('Status', '.status.phase', 'Where it is.'),
      text('Reason', '.status.exitReason', 'How it ended.'),
      integer('Duration ms', '.status.durationMs', 'How long it took, in milliseconds.'),
      age,
      wide(text('Trace', '.status.traceId', 'The id of its OpenTelemetry trace.')),
    ],
  },
  {
    kind: 'SandboxPool',
    shortName: 'sbxp',
    scope: 'Cluster',
    description:
      'SandboxPool is what the owner of a platform writes: who may run scripts, in which pods, within what.',
    spec: SandboxPoolSpecSchema,
    status: PoolStatusSchema,
    columns: [
      text('Isolation', '.spec.isolation', 'Who shares a runner pod.'),
      integer('Warm', '.status.ready', 'Runner pods that are ready.'),
      integer('Bound', '.status.bound', 'Runner pods that belong to a tenant.'),
      text('Ready', condition('Ready', 'status'), 'Whether it can give a run its runner.'),
      text('Reason', condition('Ready', 'reason'), 'Why it can or cannot.'),
      age,
      wide(
        text(
          'Egress Closed',
          condition('EgressClosed', 'status'),
          'Whether its pods have no way out.',
        ),
      ),
      wide(text('Runtime', '.spec.runtimeClassName', 'The RuntimeClass of its pods.')),
    ],
    scale: {
      specReplicasPath: '.spec.warm.minimum',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
];
