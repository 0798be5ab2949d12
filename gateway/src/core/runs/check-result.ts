import {
  CofferdamError,
  parseJson,
  parser,
  RunResultSchema,
  type ExitReason,
  type Layer,
  type LogLine,
  type RunResult,
  type Span,
} from '@cofferdam/protocol';

/** What the gateway knows of a run, against which a runner's answer is held. */
export interface ResultBounds {
  outputBytes: number;
  /** When the runner was asked and when it answered, in milliseconds since the epoch. */
  start: number;
  end: number;
  /** What the runner said protects its runs, before any guest code ran in it. */
  layers: readonly Layer[];
  /** SHA-256 of the source, as the gateway computed it. */
  digest: string;
  /** The gateway had cancelled the run. */
  cancelled: boolean;
  /** The run has a time after which it must not start. */
  mayExpire: boolean;
}

const parseResult = parser(RunResultSchema, 'PROTOCOL_VIOLATION');

/** A result nests at most so deep: whoever reads it may do so recursively. */
const MAX_VALUE_DEPTH = 256;
/** What a runner adds to a guest's console: the line that says that lines are missing. */
export const OUTPUT_SLACK = 4096;
/** JSON.stringify writes none; in an event stream a line break would end the event. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f]/;
const ENGINE_LAYERS: readonly Layer[] = ['isolate', 'deno'];
/** Names that a runner's span attributes may have; the others are the gateway's to say. */
const ATTRIBUTE = /^(cofferdam|http|url|server|error)\.[a-z0-9_.]{1,48}$/;
const RESERVED = new Set(
  ['tenant', 'exit_reason', 'engine', 'preset', 'run_id'].map((name) => `cofferdam.${name}`),
);

/**
 * Reads what a runner answered. The runner is hostile ground: what has the wrong shape or size
 * throws `PROTOCOL_VIOLATION`; times are moved into the time that the run had, and nothing that the
 * gateway knows itself is taken from the answer.
 */
export function checkResult(answer: unknown, bounds: ResultBounds): RunResult {
  const result = parseResult(answer);
  if ((result.exitReason === 'Completed') !== (result.error === undefined)) {
    throw violation('an error belongs to an ending that is not Completed, and only there');
  }
  checkJson('value', result.value, bounds.outputBytes);
  checkJson('exports', result.exports, bounds.outputBytes);
  if (result.exports !== undefined && !result.exports.startsWith('{')) {
    throw violation('exports are no object');
  }
  checkLogs(result.logs, bounds.outputBytes);
  const clamp = clampTo(bounds);
  return {
    ...result,
    exitReason: endingIn(result, bounds),
    logs: result.logs.map((line) => ({ ...line, time: clamp(line.time) })),
    stats: {
      ...result.stats,
      wallTimeMs: Math.min(result.stats.wallTimeMs, bounds.end - bounds.start),
    },
    layers: result.layers.filter(
      (layer) => ENGINE_LAYERS.includes(layer) || bounds.layers.includes(layer),
    ),
    spans: result.spans.map((span, index) => checkSpan(span, index, clamp)),
    digest: bounds.digest,
  };
}

/** A runner that ends a run for a reason that only the gateway could have had just was not there. */
function endingIn({ exitReason }: RunResult, { cancelled, mayExpire }: ResultBounds): ExitReason {
  if (exitReason === 'Cancelled' && !cancelled) return 'Unavailable';
  if (exitReason === 'Expired' && !mayExpire) return 'Unavailable';
  return exitReason;
}

/** Throws for what is no JSON text, nests too deep, or is longer than so much. */
export function checkJson(field: string, text: string | undefined, outputBytes: number): void {
  if (text === undefined) return;
  if (text.length > outputBytes + OUTPUT_SLACK)
    throw violation(`${field} is larger than its limit`);
  if (CONTROL.test(text)) throw violation(`${field} is not JSON as JSON.stringify writes it`);
  parseJson(text, { maxDepth: MAX_VALUE_DEPTH });
}

function checkLogs(logs: readonly LogLine[], outputBytes: number): void {
  let chars = 0;
  for (const line of logs) chars += line.message.length;
  if (chars > outputBytes + OUTPUT_SLACK) throw violation('the console is larger than its limit');
}

function checkSpan(span: Span, index: number, clamp: (time: number) => number): Span {
  const start = clamp(span.start);
  const { attributes, ...rest } = span;
  return {
    ...rest,
    start,
    end: Math.max(start, clamp(span.end)),
    // A parent comes before its children, so that no circle can be drawn.
    parent: span.parent < index ? span.parent : -1,
    ...(attributes ? { attributes: allowedAttributes(attributes) } : {}),
  };
}

function allowedAttributes(attributes: NonNullable<Span['attributes']>) {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => ATTRIBUTE.test(name) && !RESERVED.has(name)),
  );
}

function clampTo({ start, end }: ResultBounds): (time: number) => number {
  return (time) => Math.min(end, Math.max(start, time));
}

const violation = (message: string) => new CofferdamError('PROTOCOL_VIOLATION', message);
