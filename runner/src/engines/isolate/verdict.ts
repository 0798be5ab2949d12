import type { ExitReason } from '@cofferdam/protocol';

export type Failure = Exclude<ExitReason, 'Completed'>;

/** A run as the supervisor knows it when its process has ended. */
export interface Suspect {
  runId: string;
  /** It has called the host, or was heard outside: repeating it could repeat an effect. */
  outside: boolean;
  /** CPU time between the last two heartbeats, in milliseconds. */
  recentCpuMs: number;
  attempts: 1 | 2;
  /** The process was up and has been sent the run. */
  began: boolean;
  /** What is known of this run's own end. */
  told?: Failure;
}

/** How a process ended, as far as anybody knows. */
export interface ProcessEnd {
  reason: Failure;
  /** We ended it, for what it used: then whoever used most is the one. */
  killed: boolean;
  /** The culprit has been answered already: everybody left is a neighbour. */
  culpritKnown: boolean;
}

export type Sentence =
  /** It ended the process, for this reason. */
  | { kind: 'culprit'; reason: Failure }
  /** It is run once more in another process; alone there, while it may itself be the culprit. */
  | { kind: 'again'; alone: boolean }
  /** Its process never came up: nothing can be said of the run. */
  | { kind: 'unbegun' }
  /** It is told that another run ended its process. */
  | { kind: 'neighbour' };

/** Who ended a process, and what becomes of the others. Pure: the supervisor gathers, this decides. */
export function verdict(suspects: readonly Suspect[], end: ProcessEnd): Map<string, Sentence> {
  const culprits = end.culpritKnown ? [] : culpritsOf(suspects, end);
  const alone = culprits.length === 0 && !end.culpritKnown;
  return new Map(
    suspects.map((suspect): [string, Sentence] => {
      if (culprits.includes(suspect)) {
        return [suspect.runId, { kind: 'culprit', reason: suspect.told ?? end.reason }];
      }
      if (!suspect.began) return [suspect.runId, { kind: 'unbegun' }];
      const repeatable = !suspect.outside && suspect.attempts === 1;
      return [suspect.runId, repeatable ? { kind: 'again', alone } : { kind: 'neighbour' }];
    }),
  );
}

function culpritsOf(all: readonly Suspect[], end: ProcessEnd): readonly Suspect[] {
  // The engine is being closed: everybody is told so, and nobody is run again.
  if (end.killed && end.reason === 'Cancelled') return all;
  const suspects = all.filter((suspect) => suspect.began);
  if (suspects.length === 1) return suspects;
  const told = suspects.filter((suspect) => suspect.told !== undefined);
  if (told.length > 0) return told;
  // A crash, or an event loop that hangs, says nothing about who worked: those are tried one by one.
  const forWork = end.killed && end.reason !== 'EngineCrash';
  return forWork ? hardestWorking(suspects) : [];
}

/** One that did at least twice the work of any other; nobody, when it is not that clear. */
function hardestWorking(suspects: readonly Suspect[]): readonly Suspect[] {
  const [first, second] = [...suspects].sort((a, b) => b.recentCpuMs - a.recentCpuMs);
  if (!first || first.recentCpuMs === 0) return [];
  return first.recentCpuMs >= 2 * (second?.recentCpuMs ?? 0) ? [first] : [];
}
