import type { OperatorEvent, ScriptView, SourceProblem } from '@cofferdam/operator';

/** What is shown while an instance runs. */
export interface Screen {
  onEvent(event: OperatorEvent): void;
  /** A line of the instance's own. */
  note(line: string): void;
  /** What was noted until now is shown from here on, and everything after it at once. */
  start(): void;
  close(): void;
}

/** Where a screen reads what is so now. */
export interface Shown {
  list(): ScriptView[];
  problems(): SourceProblem[];
}
