import type { OutgoingCall, ServerHead } from '@cofferdam/protocol';

const EMPTY = new Set([204, 205, 304]);

export interface ResponseParts {
  call: OutgoingCall;
  /** Nobody wants the rest. */
  giveUp(): void;
  /** Nothing more is to come, of a body that went well or of one that did not. */
  over(): void;
  /** What a body that breaks off fails with. */
  failure(error: unknown): Error;
  /** Keeps the process from ending while somebody waits for a piece. */
  hold(): () => void;
}

/** A body that was thrown away unread would keep its request open in the guest for ever. */
const abandoned = new FinalizationRegistry<() => void>((giveUp) => giveUp());

/** The guest's answer as it arrives. */
export function responseOf(head: ServerHead, parts: ResponseParts): Response {
  const { status, statusText, headers } = head;
  const init = { status, statusText, headers };
  const { call } = parts;
  // Answered in one turn: a stream would cost more than all else of a small response.
  const whole = call.settled ? call.data.whole() : undefined;
  if (whole !== undefined || EMPTY.has(status)) {
    if (whole === undefined) parts.giveUp();
    parts.over();
    const body = EMPTY.has(status) || whole!.byteLength === 0 ? null : new Uint8Array(whole!);
    return new Response(body, init);
  }
  const stream = bodyStream(parts);
  abandoned.register(stream, parts.giveUp, call);
  return new Response(stream, init);
}

function bodyStream({ call, giveUp, over, failure, hold }: ResponseParts): ReadableStream {
  const pieces = call.data[Symbol.asyncIterator]();
  const end = () => {
    abandoned.unregister(call);
    over();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const release = hold();
        try {
          const { done, value } = await pieces.next();
          if (!done) return controller.enqueue(value);
          // A body that seems whole is so only when the call went well.
          await call.reply;
          end();
          controller.close();
        } catch (error) {
          end();
          controller.error(failure(error));
        } finally {
          release();
        }
      },
      cancel() {
        end();
        giveUp();
      },
    },
    // Nothing is read ahead: what nobody reads stays with the guest.
    { highWaterMark: 0 },
  );
}
