import { ENGINES, parser } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { EngineFigures, RunnerFigures } from '../core.ts';

const count = Type.Integer({ minimum: 0 });
const EngineStatsSchema = Type.Object({
  active: count,
  spare: count,
  completed: count,
  killed: count,
  processes: Type.Array(Type.Object({ rssBytes: count }), { maxItems: 1_000 }),
});

const readStats = parser(
  Type.Object({
    engines: Type.Object({
      isolate: Type.Optional(EngineStatsSchema),
      deno: Type.Optional(EngineStatsSchema),
      wasm: Type.Optional(EngineStatsSchema),
    }),
    rssBytes: count,
  }),
  'PROTOCOL_VIOLATION',
);

/** What a runner says of its engines, checked and cut down to what the gateway passes on. */
export function readFigures(answer: unknown): Pick<RunnerFigures, 'engines' | 'rssBytes'> {
  const { engines, rssBytes } = readStats(answer);
  // Of these alone: the check says nothing of an engine that there is not.
  const figures = ENGINES.flatMap((engine): [string, EngineFigures][] => {
    const stats = engines[engine];
    if (!stats) return [];
    const { active, spare, completed, killed, processes } = stats;
    const sum = processes.reduce((bytes, process) => bytes + process.rssBytes, 0);
    return [
      [engine, { active, spare, completed, killed, processes: processes.length, rssBytes: sum }],
    ];
  });
  return { rssBytes, engines: Object.fromEntries(figures) };
}
