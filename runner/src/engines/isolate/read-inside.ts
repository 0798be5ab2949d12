import {
  checker,
  CofferdamError,
  EXIT_REASONS,
  GuestErrorSchema,
  LogLineSchema,
} from '@cofferdam/protocol';
import { Type, type TSchema } from '@cofferdam/protocol/typebox';
import type { InsideEvent, InsideFigures, InsideOutcome } from './messages.ts';

/** What an isolate process may say at most; a guest that took it over says what it likes. */
const MAX_RUNS = 256;
const MAX_FETCHES = 64;

const number = () => Type.Number({ minimum: 0 });
const short = () => Type.String({ maxLength: 512 });

const FetchSchema = Type.Object({
  host: short(),
  start: number(),
  end: number(),
  status: Type.Optional(number()),
  error: Type.Optional(short()),
});

const OutcomeSchema = Type.Object({
  exitReason: Type.Enum([...EXIT_REASONS]),
  value: Type.Optional(Type.String()),
  exports: Type.Optional(Type.String()),
  error: Type.Optional(GuestErrorSchema),
  stubs: Type.Optional(Type.Array(short(), { maxItems: 1024 })),
  logsCut: Type.Boolean(),
  cpuTimeMs: number(),
  memoryBytes: Type.Optional(number()),
  bridgeCalls: number(),
  outputBytes: number(),
  warm: Type.Boolean(),
  times: Type.Object({ taken: number(), began: number(), ended: number() }),
  fetches: Type.Array(FetchSchema, { maxItems: MAX_FETCHES }),
  doomed: Type.Optional(Type.Boolean()),
});

const EventSchema = Type.Union([
  Type.Object({ log: LogLineSchema }),
  Type.Object({ outside: Type.Literal(true) }),
]);

const FiguresSchema = Type.Object({
  rssBytes: number(),
  spares: number(),
  runs: Type.Array(
    Type.Object({ runId: Type.String(), cpuTimeMs: number(), recentCpuMs: number() }),
    { maxItems: MAX_RUNS },
  ),
});

function reader<T>(schema: TSchema): (message: unknown) => T | undefined {
  const check = checker(schema);
  return (message) => {
    const checked = check(message);
    return checked.ok ? (checked.value as T) : undefined;
  };
}

/** `undefined` for what no isolate process of ours would say. */
export const readOutcome = reader<InsideOutcome>(OutcomeSchema);
export const readFigures = reader<InsideFigures>(FiguresSchema);
const checkEvent = reader<InsideEvent>(EventSchema);

export function readEvent(message: unknown): InsideEvent {
  const event = checkEvent(message);
  if (event) return event;
  throw new CofferdamError('PROTOCOL_VIOLATION', 'not an event of a run');
}
