import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { headersOf, isRead, mediaTypeOf, readAnswer, throwIfError } from './answer.ts';
import { connectionLost, notOurs } from './error.ts';
import type { LogLine } from './generated/api.ts';
import type { Operation, RunAnswer } from './operation.ts';

/** What happens in a run: each console line as it comes, and last its end. */
export type RunEvent<T = unknown> =
  { type: 'log'; line: LogLine } | { type: 'result'; run: RunAnswer<T> };

/** A result and its console have 1 MiB each at most; JSON in JSON may take six times that. */
const MAX_EVENT_CHARS = 16 * 1024 * 1024;
const EVENT_STREAM = 'text/event-stream';

/** The events of an answer. One that is no stream is a run that was refused, or had ended by then. */
export async function* readRunEvents<T>(
  operation: Operation,
  response: Response,
): AsyncGenerator<RunEvent<T>> {
  if (mediaTypeOf(response) !== EVENT_STREAM || !response.body) {
    yield { type: 'result', run: (await readAnswer(operation, response)) as RunAnswer<T> };
    return;
  }
  for await (const { event, data } of messages(response.body)) {
    if (event === 'log') yield { type: 'log', line: read(data) as LogLine };
    if (event !== 'result' && event !== 'error') continue;
    const body = read(data);
    const { requestId } = headersOf(response);
    // The stream's status is 200 whatever became of the run.
    throwIfError(body, requestId === undefined ? {} : { requestId });
    yield { type: 'result', run: body as RunAnswer<T> };
    return;
  }
  throw connectionLost(`${operation}: the stream ended before the run`, isRead(operation));
}

/** Not by `for await` on the body itself, which not every browser knows. Ends the connection when left. */
async function* messages(body: ReadableStream<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  const waiting: EventSourceMessage[] = [];
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARS,
    onEvent: (event) => waiting.push(event),
    onError: (error) => {
      if (error.type !== 'max-buffer-size-exceeded') return;
      throw notOurs('an event that is too large', { retry: false }, error);
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* waiting.splice(0);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function read(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw notOurs('an event that is no JSON', { retry: false }, error);
  }
}
