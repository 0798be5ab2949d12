import type { IncomingCall } from '@cofferdam/protocol';

/** A guest's body as it arrives, for one Request: pulled as it is read, so that a guest waits for it. */
export function uploadStream(
  { data }: Pick<IncomingCall, 'data'>,
  onEnd: () => void,
): ReadableStream<Uint8Array> {
  const pieces = data[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next();
          if (!done) return controller.enqueue(value);
          onEnd();
          controller.close();
        } catch (error) {
          onEnd();
          controller.error(error);
        }
      },
      cancel: () => onEnd(),
    },
    // Nothing is read ahead: what the binding does not read stays with the guest.
    { highWaterMark: 0 },
  );
}
