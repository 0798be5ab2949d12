import type { Answer } from '../../gateway/test/http-rig.ts';
import { PREFIX, type Found } from './source.ts';

/** What came of one run, whatever it was asked by. */
export interface Said {
  ok: boolean;
  /** It failed with an error that says that it may be tried again. */
  retry: boolean;
  result: unknown;
  /** Lines of its console, where its answer has them. */
  lines?: string[];
  /** All of the answer, its headers too. */
  text: string;
  /** Ids of runs and of traces, where the answer has some. */
  run?: string;
  trace?: string;
}

/** What a pair of runs came to. */
export interface Both {
  left: Said;
  /** Whether the first one says that it has left its canary: otherwise the pair proves nothing. */
  hasLeft: boolean;
  looked: Said;
  /** What crossed, in words. */
  crossed: string[];
  found?: Found;
}

export function saidOf({ body, text, headers }: Answer): Said {
  const lines = body?.logs?.map(({ message }: { message: string }) => message);
  return {
    ok: body?.success === true,
    retry: body?.error?.retry === true,
    result: body?.result,
    text: text + JSON.stringify(headers),
    ...(lines && { lines }),
    ...(body?.runId && { run: body.runId, trace: body.traceId }),
  };
}

/** Of two runs of a source that leaves and looks. */
export function bothOf(round: number, left: Said, looked: Said): Both {
  const hasLeft = (left.result as { left?: number } | undefined)?.left === round;
  const crossed = looked.text.includes(PREFIX) ? ['the answer has a canary'] : [];
  if (!looked.ok) return { left, hasLeft, looked, crossed };
  const found = looked.result as Found;
  crossed.push(...found.found);
  if (found.round !== round) crossed.push('the answer of another round');
  if (!(found.walked > 100)) crossed.push(`looked at ${found.walked} objects`);
  const lines = looked.lines?.join('|') ?? FIRST_LINES;
  if (lines !== FIRST_LINES) crossed.push(`console: ${lines.slice(0, 200)}`);
  return { left, hasLeft, looked, crossed, found };
}

/** What a run that looks says to a console that nobody has used. */
const FIRST_LINES = 'looking|residue: 1';
