import { LAYERS, PRESETS } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';
import { titled } from './titled.ts';

/** What the service answers of itself, for OpenAPI alone. */
const count = () => Type.Integer({ minimum: 0 });
const versions = () =>
  Type.Record(Type.String(), Type.String(), { description: 'Of node, v8, deno, isolatedVm.' });

export const HealthSchema = titled(
  'Health',
  Type.Object({
    ok: Type.Boolean({ description: 'A runner has joined.' }),
    status: Type.Enum(['ok', 'starting']),
    version: Type.String(),
    uptime: Type.Integer({ description: 'Seconds.' }),
    engine: Type.Object({ active: count(), queued: count(), runners: count() }),
    versions: versions(),
    layers: Type.Array(Type.String(), { description: `Of ${LAYERS.join(', ')}.` }),
    protection: Type.String({ description: 'What a run is kept from, in a sentence.' }),
  }),
);
export type HealthAnswer = Static<typeof HealthSchema>;

export const ProbeSchema = titled('Probe', Type.Object({ ok: Type.Boolean() }));

const EngineFiguresSchema = titled(
  'EngineFigures',
  Type.Object({
    active: count(),
    spare: count(),
    completed: count(),
    killed: count(),
    processes: count(),
    rssBytes: count(),
  }),
);
const engine = Type.Optional(EngineFiguresSchema);

const RunnerFiguresSchema = titled(
  'RunnerFigures',
  Type.Object({
    runnerId: Type.String(),
    tenant: Type.Optional(Type.String({ description: 'Absent while it belongs to no one.' })),
    role: Type.Enum(['runner', 'browser']),
    state: Type.Enum(['unbound', 'bound']),
    active: count(),
    joinedAt: Type.Number({ description: 'Milliseconds since the epoch.' }),
    layers: Type.Array(Type.String()),
    versions: versions(),
    rssBytes: Type.Optional(count()),
    engines: Type.Optional(
      Type.Object(
        { isolate: engine, deno: engine, wasm: engine },
        { description: 'Absent when the runner did not answer.' },
      ),
    ),
  }),
);

export const StatsSchema = titled(
  'Stats',
  Type.Object({
    active: count(),
    queued: count(),
    maxConcurrent: count(),
    maxQueue: count(),
    runs: Type.Object(
      { total: count(), completed: count(), failed: count() },
      { description: 'Since the start.' },
    ),
    wasm: Type.Object({ modules: count(), bytes: count() }),
    runners: Type.Array(RunnerFiguresSchema),
    uptime: Type.Number({ description: 'Seconds.' }),
    presets: Type.Array(titled('Preset', Type.Enum([...PRESETS]))),
  }),
);
export type StatsAnswer = Static<typeof StatsSchema>;
