import type {
  ControlOutcome,
  ExitReason,
  Problem,
  RunStatus,
  SandboxRun,
} from '@cofferdam/protocol';

/** Why a run cannot be had at the moment, or at all. */
export interface Block {
  reason: string;
  message: string;
  /** Waiting changes nothing of it: what the run says cannot be changed. */
  isFinal: boolean;
  /** How long it is waited for, from the first such block of this run. */
  patienceMs: number;
  /** What the run ends as when it has waited long enough; absent: it never got so far. */
  exitReason?: ExitReason;
  /** A gateway has it, as far as anybody knows. */
  isUnderWay?: boolean;
}

/** How far the operator has come with a run since it started itself. */
export type Attempt =
  /** Waits for one of the operator's places, or a gateway has been asked. */
  | { state: 'queued' | 'running'; since: number }
  | { state: 'blocked'; block: Block; since: number; retryAt: number }
  | { state: 'ended'; outcome: ControlOutcome };

/** What a SandboxRun says, checked. */
export type ReadRun = { resource: SandboxRun } | { problems: readonly Problem[] };

/** All that is known of one run at one moment. Times are in milliseconds since the epoch. */
export interface Gathered {
  now: number;
  generation: number;
  createdAt: number;
  /** How long it is kept after its end. */
  ttlMs: number;
  /** Absent: it is over, and nobody asks. */
  read?: ReadRun;
  /** Its status as it was last written or seen. */
  previous?: RunStatus;
  /** Absent: this operator has not begun with it. */
  attempt?: Attempt;
}
