/**
 * A body that ends with an error when it has more bytes than it may. `onEnd` is called when nothing
 * more will be read of it, once or more often.
 */
export function countedBody(
  body: ReadableStream<Uint8Array>,
  admits: (bytes: number) => boolean,
  onEnd: () => void = () => {},
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            onEnd();
            return controller.close();
          }
          bytes += value.byteLength;
          if (!admits(bytes)) throw new TypeError('The body is larger than it may be');
          controller.enqueue(value);
        } catch (error) {
          onEnd();
          reader.cancel(error).catch(() => {});
          controller.error(error);
        }
      },
      cancel(reason) {
        onEnd();
        return reader.cancel(reason);
      },
    },
    // Nothing is read ahead of whoever reads this.
    { highWaterMark: 0 },
  );
}

/** The same response with another body; what a Response cannot be made with is set afterwards. */
export function withBody(
  response: Response,
  body: ReadableStream<Uint8Array> | null,
  { url, redirected }: Pick<Response, 'url' | 'redirected'> = response,
): Response {
  const { status, statusText, headers } = response;
  const made = new Response(body, { status, statusText, headers: new Headers([...headers]) });
  const fixed = (value: unknown) => ({ value, enumerable: true, configurable: true });
  return Object.defineProperties(made, { url: fixed(url), redirected: fixed(redirected) });
}
