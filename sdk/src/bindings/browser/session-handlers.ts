import type { BrowserEvent } from '@cofferdam/browser/types';

type Listen = (callback: (event: BrowserEvent) => void) => () => void;

/** How to hear what happens in the pages of a handler of ours. */
const listenTo = new WeakMap<object, Listen>();

export function noteSessionHandler(handler: object, listen: Listen): void {
  listenTo.set(handler, listen);
}

export function isSessionHandler(handler: unknown): boolean {
  return typeof handler === 'function' && listenTo.has(handler);
}

/** Answers what ends it. */
export function listenToHandler(
  handler: object,
  callback: (event: BrowserEvent) => void,
): () => void {
  return listenTo.get(handler)?.(callback) ?? (() => {});
}
