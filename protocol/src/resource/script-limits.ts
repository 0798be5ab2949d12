import { Type, type Static } from '../schema/typebox.ts';
import { TRAFFIC_BOUNDS, TRAFFIC_NAMES, type Traffic, type TrafficName } from '../run/traffic.ts';
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
    bytesUp: bytes('Sent by outbound requests together. Default: `16Mi`.'),
    bytesDown: bytes('Received by outbound requests together. Default: `64Mi`.'),
    bandwidth: bytes('A second, sent and received by all outbound requests. Default: no bound.'),
    connections: Type.Optional(
      Type.Integer({
        minimum: TRAFFIC_BOUNDS.connections.minimum,
        maximum: TRAFFIC_BOUNDS.connections.maximum,
        description: 'Outbound requests at once; the next ones wait. Default: 8.',
      }),
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

/** The limits that a resource names, as milliseconds, bytes and counts; the way out's are not among them. */
export function readScriptLimits(limits: ScriptLimits = {}): Partial<Limits> {
  const named: Partial<Limits> = {};
  for (const name of LIMIT_NAMES) {
    const value = FIGURES[name](limits);
    if (value !== undefined) named[name] = value;
  }
  return named;
}

const TRAFFIC: Record<TrafficName, (limits: ScriptLimits) => number | undefined> = {
  bytesUp: (limits) => bytesOf(limits.bytesUp),
  bytesDown: (limits) => bytesOf(limits.bytesDown),
  connections: (limits) => limits.connections,
  bandwidth: (limits) => bytesOf(limits.bandwidth),
};

/** What the limits of a resource say of the way out, in bytes and counts. */
export function readTraffic(limits: ScriptLimits = {}): Partial<Traffic> {
  const named: Partial<Traffic> = {};
  for (const name of TRAFFIC_NAMES) {
    const value = TRAFFIC[name](limits);
    if (value !== undefined) named[name] = value;
  }
  return named;
}

const durationOf = (text: string | undefined) =>
  text === undefined ? undefined : parseDuration(text);
const bytesOf = (text: string | undefined) => (text === undefined ? undefined : parseBytes(text));
