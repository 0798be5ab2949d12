import type { OutgoingCall } from '@cofferdam/protocol';
import { expect, it } from 'vitest';
import { readAnswer } from './answer.ts';

/** What a process answers that has the text as its exports. */
function exporting(text: string): OutgoingCall {
  const bytes = Buffer.from(text);
  const reply = { exitReason: 'Completed', exportsBytes: bytes.byteLength };
  return { data: [bytes], reply: Promise.resolve(reply) } as unknown as OutgoingCall;
}

it.for(['1', '"x"', '[1]', 'null', 'true', '{"a":1'])('believes no exports %s', async (text) => {
  const ending = await readAnswer(exporting(text), { outputBytes: 100, fileName: 'script.js' });
  expect(ending).toMatchObject({ exitReason: 'EngineCrash' });
});

it('believes exports that are an object', async () => {
  const call = exporting('{"default":1}');
  const ending = await readAnswer(call, { outputBytes: 100, fileName: 'script.js' });
  expect(ending).toEqual({ exitReason: 'Completed', exports: '{"default":1}' });
});
