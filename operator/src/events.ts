import type { RunSummary } from '@cofferdam/protocol';
import type { ScriptView } from './script-view.ts';
import type { SkipReason } from './schedule/scheduler.ts';
import type { SourceProblem } from './sources/source.ts';

/** What happens in an operator; `key` is `namespace/name`. */
export type OperatorEvent =
  | { type: 'start'; key: string }
  | { type: 'run'; key: string; run: RunSummary }
  /** The gateway did not take or finish a run, through no fault of the script. */
  | { type: 'refused'; key: string; code: string; message: string }
  | { type: 'skip'; key: string; scheduledAt: number; reason: SkipReason }
  /** The status changed; without a view the script is gone. */
  | { type: 'status'; key: string; view: ScriptView | undefined }
  /** All that is wrong now with files whose documents name no script. */
  | { type: 'problems'; problems: SourceProblem[] }
  | { type: 'source-error'; message: string };
