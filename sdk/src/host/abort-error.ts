/** What aborted work rejects with, whatever the signal's reason: that is its cause. */
export function abortError(signal: AbortSignal, message: string): DOMException {
  return new DOMException(message, { name: 'AbortError', cause: signal.reason });
}
