import { DEFAULT_LIMITS } from '@cofferdam/protocol';
import { IsolateEngine } from '../src/engines/isolate/engine.ts';
import { describeScriptEngine } from './conformance.ts';

describeScriptEngine(
  'isolate',
  () =>
    new IsolateEngine({
      processes: 2,
      maxProcesses: 4,
      runsPerProcess: 8,
      sparesPerProfile: 1,
      expected: [{ preset: 'compute', limits: DEFAULT_LIMITS }],
    }),
);
