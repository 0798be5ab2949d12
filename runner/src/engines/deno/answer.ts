import {
  parseJson,
  type ExitReason,
  type GuestError,
  type OutgoingCall,
} from '@cofferdam/protocol';
import type { Ending } from './ending.ts';
import { brokenProtocol, limitEnding } from './ending.ts';
import { tidyStack } from './stack.ts';

/** How deep a result may nest: the serializer inside refuses more. */
const MAX_RESULT_DEPTH = 200;
/** The endings that a process may claim; the others are for the runner to find. */
const CLAIMABLE: ReadonlySet<unknown> = new Set<ExitReason>([
  'Completed',
  'Exception',
  'ResultNotPlain',
  'Output',
  'BridgePayload',
]);

interface AnswerOptions {
  outputBytes: number;
  fileName: string;
}

/**
 * Reads a run's answer: the texts of value and exports as data, then what they are. Every byte is
 * the guest's word: it may claim any result of its own, and nothing else.
 */
export async function readAnswer(call: OutgoingCall, options: AnswerOptions): Promise<Ending> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of call.data) {
    size += piece.byteLength;
    if (size > options.outputBytes) return tooLarge(options.outputBytes);
    pieces.push(piece);
  }
  const answer = Object(await call.reply) as Record<string, unknown>;
  if (!CLAIMABLE.has(answer.exitReason)) return brokenProtocol();
  const exitReason = answer.exitReason as ExitReason;
  if (exitReason !== 'Completed') return { exitReason, error: errorOf(answer.error, options) };
  return completed(Buffer.concat(pieces), answer);
}

function tooLarge(outputBytes: number): Ending {
  return limitEnding('Output', `The result is larger than ${outputBytes} bytes`);
}

function completed(bytes: Buffer, { valueBytes, exportsBytes }: Record<string, unknown>): Ending {
  const valueEnd = sizeOf(valueBytes);
  const exportsEnd = valueEnd + sizeOf(exportsBytes);
  if (exportsEnd !== bytes.byteLength) return brokenProtocol();
  try {
    return {
      exitReason: 'Completed',
      ...(valueEnd > 0 ? { value: jsonText(bytes.subarray(0, valueEnd)) } : {}),
      ...(exportsEnd > valueEnd ? { exports: exportsText(bytes.subarray(valueEnd)) } : {}),
    };
  } catch {
    return brokenProtocol();
  }
}

function sizeOf(claimed: unknown): number {
  return Number.isSafeInteger(claimed) && (claimed as number) > 0 ? (claimed as number) : 0;
}

/** Forged text could end the JSON around it early, wherever it is put in unparsed. */
function jsonText(bytes: Buffer): string {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  parseJson(text, { maxDepth: MAX_RESULT_DEPTH });
  return text;
}

/** A result whose exports are no object would end the runner, and with it the runs beside this one. */
function exportsText(bytes: Buffer): string {
  const text = jsonText(bytes);
  if (!text.trimStart().startsWith('{')) throw new TypeError('the exports are no object');
  return text;
}

function errorOf(claimed: unknown, { fileName }: AnswerOptions): GuestError {
  const { name, message, stack, path } = Object(claimed) as Record<string, unknown>;
  return {
    name: textOf(name, 256) ?? 'Error',
    message: textOf(message, 8192) ?? '',
    ...optional('stack', tidyStack(textOf(stack, 16_384), fileName)),
    ...optional('path', textOf(path, 1024)),
  };
}

function textOf(value: unknown, limit: number): string | undefined {
  return typeof value === 'string' ? value.slice(0, limit) : undefined;
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
}
