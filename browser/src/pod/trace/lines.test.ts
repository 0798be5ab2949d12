import { expect, it } from 'vitest';
import { withPictures } from './lines.ts';

const page = (pageId: string, method = 'page') => ({ type: 'event', method, params: { pageId } });
const before = (callId: string, more = {}) => ({ type: 'before', callId, ...more });
const after = (callId: string) => ({ type: 'after', callId });
const picture = (file: string, pageId = 'p') => ({ type: 'screencast-frame', pageId, file });
const shown = (callId: string, phase: string, file: string) => ({
  ...{ type: 'screenshot', callId, phase, pageId: 'p', file },
});

function read(lines: object[], files: string[]): object[] {
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  const written = withPictures(text, (file) => files.includes(file)).trim();
  return written.split('\n').map((line) => JSON.parse(line) as object);
}

it('gives each action the picture that was there before the next one, and drops those that are gone', () => {
  const lines = [
    ...[page('p'), before('1'), picture('a'), after('1'), picture('gone'), picture('b')],
    ...[before('2', { params: { html: 'x'.repeat(9_000) } }), after('2'), picture('c')],
  ];
  expect(read(lines, ['a', 'b', 'c'])).toEqual([
    ...[page('p'), before('1'), picture('a'), after('1'), picture('b'), shown('1', 'after', 'b')],
    ...[lines[6], shown('2', 'before', 'b'), after('2'), picture('c'), shown('2', 'after', 'c')],
  ]);
});

it('gives none where several pages are open, until one is left', () => {
  const lines = [
    ...[page('p'), page('q'), picture('a'), picture('b', 'q'), before('1'), after('1')],
    ...[before('2'), page('q', 'pageClosed'), picture('c'), after('2')],
  ];
  expect(read(lines, ['a', 'b', 'c'])).toEqual([...lines, shown('2', 'after', 'c')]);
});

it('leaves what is no line of its own as it is', () => {
  const text = '{"type":"console","text":"{\\"type\\":\\"before\\"}"}\n{"type":"before","callId":';
  expect(withPictures(text, () => true)).toBe(`${text}\n`);
});
