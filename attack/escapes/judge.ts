import { readEvidence } from './evidence.ts';

/** What an attempt came to, as far as anybody outside can see. */
export interface Seen {
  /** What the guest's evidence kit said, if it came to say anything. */
  value: unknown;
  /** All that came back for it: value, error, console lines, records. */
  answer: unknown;
  /** The canary that the run was given itself. */
  own: string;
  /** Default: isolate. */
  engine?: 'isolate' | 'deno';
}

interface Judgement {
  /** The kit has looked; an attempt may have broken what it would have answered with. */
  looked: boolean;
  mark?: string;
  /** What got through, if anything. */
  alarms: string[];
}

/** Paths of the host, canaries, and what a hook says that was called. */
const HOST_TEXT =
  /canary-|reached-a-hook|node_modules|node:internal|isolated-vm[/\\]|\/runner\/(?:src|generated)/;
/** `Deno.mainModule` says it to anybody, so stacks and inspected objects may as well: no permission stands before it. */
const MAIN_MODULE = /file:[^\s"'\\)]*\/runner\/generated\/deno\/inside\.js/g;
/** What each run is given for itself. */
const OWN = /mine-[0-9a-z-]+/g;

export function judge({ value, answer, own, engine }: Seen): Judgement {
  const evidence = readEvidence(value);
  const alarms = [...(evidence?.alarms ?? [])];
  const text = textOf(answer, engine);
  const leak = HOST_TEXT.exec(text);
  if (leak)
    alarms.push(`the answer says ${text.slice(Math.max(0, leak.index - 80), leak.index + 120)}`);
  const others = text.match(OWN)?.filter((each) => each !== own) ?? [];
  if (others.length > 0) alarms.push(`another run's ${others[0]}`);
  return { looked: evidence !== undefined, ...(evidence && { mark: evidence.mark }), alarms };
}

function textOf(answer: unknown, engine: Seen['engine']): string {
  const text = JSON.stringify(answer) ?? '';
  return engine === 'deno' ? text.replaceAll(MAIN_MODULE, 'main module') : text;
}
