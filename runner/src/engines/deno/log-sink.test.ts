import { expect, it } from 'vitest';
import { LogSink } from './log-sink.ts';

it('takes a line whose level is an index, and drops what only looks like one', () => {
  const sink = new LogSink(1000, undefined);
  const levels = [1, 99, -1, 0.5, 'length', 'map', '__proto__', '0', null, ['1'], { toString: 1 }];
  for (const level of levels) sink.take({ level, message: String(JSON.stringify(level)) });
  for (const event of [null, 1, [], {}, { level: 1, message: {} }]) sink.take(event);
  expect(sink.lines.map(({ level, message }) => [level, message])).toEqual([['log', '1']]);
});
