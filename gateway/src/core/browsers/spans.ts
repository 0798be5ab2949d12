import type { BrowserCall } from '@cofferdam/protocol';
import { newSpanId, type FinishedSpan } from '@cofferdam/telemetry';
import type { BrowserNote } from './remote-browser.ts';

/** A trace is kept with its run, and not at all beyond 64 Ki characters. */
const MAX_SPANS = 64;
const MAX_CHAIN = 128;
/** Waits for what happens, as long as its guest lives. */
const EVENTS = '$events';

/** The spans of a run's browser: the wait for a pod, and each call, of which the first are kept. */
export class BrowserSpans {
  readonly #notes: BrowserNote[] = [];

  note(note: BrowserNote): void {
    if (this.#notes.length < MAX_SPANS && note.asked?.method !== EVENTS) this.#notes.push(note);
  }

  /** Without parents, which is whoever gave the run its trace. */
  get spans(): FinishedSpan[] {
    return this.#notes.map(spanOf);
  }
}

function spanOf({ start, end, asked, error }: BrowserNote): FinishedSpan {
  return {
    ...{ spanId: newSpanId(), start, end },
    name: asked ? 'browser' : 'browser.wait',
    ...(error === undefined ? {} : { error: error.slice(0, 512) }),
    ...(asked && { attributes: attributesOf(asked) }),
  };
}

function attributesOf({ object, method, chain = [] }: BrowserCall) {
  const locator = chain.map(([step]) => step).join('.');
  return {
    'cofferdam.browser.object': object,
    'cofferdam.browser.method': method,
    ...(locator === '' ? {} : { 'cofferdam.browser.locator': locator.slice(0, MAX_CHAIN) }),
  };
}
