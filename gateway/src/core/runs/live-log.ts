import { CofferdamError, LogLineSchema, parser, type LogLine } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import { OUTPUT_SLACK } from './check-result.ts';

const readEvent = parser(
  Type.Object({ log: LogLineSchema }, { additionalProperties: false }),
  'PROTOCOL_VIOLATION',
);

/**
 * Passes a runner's console events on as they come. Answers a listener that throws
 * `PROTOCOL_VIOLATION` for what is no console line and for more of them than the run may write.
 */
export function liveLog(onLog: (line: LogLine) => void, outputBytes: number, now: () => number) {
  let chars = 0;
  return (event: unknown): void => {
    const { log } = readEvent(event);
    chars += log.message.length;
    if (chars > outputBytes + OUTPUT_SLACK) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'the console is larger than its limit');
    }
    try {
      onLog({ ...log, time: Math.min(log.time, now()) });
    } catch {
      // A listener whose client went away is no fault of the runner.
    }
  };
}
