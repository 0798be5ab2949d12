import { Type, type Static } from '../schema/typebox.ts';
import { LIMIT_NAMES, type LimitName, type Limits } from '../run/limits.ts';
import { parseBytes, parseDuration } from '../run/units.ts';
import { bytes, closed, duration } from './fields.ts';

export const ScriptLimitsSchema = Type.Object(
  {
    cpuTime: duration('CPU time of one run. Default: `1s`.'),
    wallTime: duration('Time from start to end of one run. Default: `5s`.'),
    memory: bytes('V8 heap and array buffers. Default: `64Mi`.'),
    output: bytes('Console lines together, and the result. Default: `256Ki`.'),
    bridgeCalls: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100_000,
        description: 'Calls to the host, such as fetch. Default: 1000.',
      }),
    ),
    bridgePayload: bytes('One call to the host. Default: `1Mi`.'),
    requests: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 10_000, description: 'Outbound requests. Default: 50.' }),
    ),
  },
  closed,
);
export type ScriptLimits = Static<typeof ScriptLimitsSchema>;

const FIGURES: Record<LimitName, (limits: ScriptLimits) => number | undefined> = {
  cpuTimeMs: (limits) => durationOf(limits.cpuTime),
  wallTimeMs: (limits) => durationOf(limits.wallTime),
  memoryBytes: (limits) => bytesOf(limits.memory),
  outputBytes: (limits) => bytesOf(limits.output),
  bridgeCalls: (limits) => limits.bridgeCalls,
  bridgePayloadBytes: (limits) => bytesOf(limits.bridgePayload),
};

/** The limits that a resource names, as milliseconds, bytes and counts; `requests` is not one of them. */
export function readScriptLimits(limits: ScriptLimits = {}): Partial<Limits> {
  const named: Partial<Limits> = {};
  for (const name of LIMIT_NAMES) {
    const value = FIGURES[name](limits);
    if (value !== undefined) named[name] = value;
  }
  return named;
}

const durationOf = (text: string | undefined) =>
  text === undefined ? undefined : parseDuration(text);
const bytesOf = (text: string | undefined) => (text === undefined ? undefined : parseBytes(text));
