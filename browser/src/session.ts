import { setTimeout as sleep } from 'node:timers/promises';
import { abortable, type BrowserAnswer, type BrowserCall } from '@cofferdam/protocol';
import type { BrowserContext, Page } from 'playwright-core';
import { bounded } from './bounded.ts';
import { resolve, valueSource } from './calls/resolve.ts';
import { run, takenBy } from './calls/run.ts';
import { classOf } from './classify.ts';
import { closeContext } from './close-context.ts';
import type { SessionCore } from './core.ts';
import { BrowserError, errorForGuest } from './errors.ts';
import { EventQueue } from './event-queue.ts';
import { Handles } from './handles.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import type { BrowserSessionOptions } from './options.ts';
import { ProfileStore } from './profiles/store.ts';
import { StateNews } from './state-news.ts';
import { stateOf } from './states.ts';
import { Tracked, type TrackedPage } from './tracked.ts';
import { readArguments } from './values/read.ts';
import { writeValue, type Written } from './values/write.ts';
import { pageOf } from './watch-page.ts';

/** How long after its navigation was aborted a page may be known to be closed. */
const LEAVING_MS = 100;
/** In place of what a guest does not have. */
const NOTHING = { $u: 1 };

export interface SessionAnswer {
  answer: BrowserAnswer;
  bytes?: Uint8Array;
}

/**
 * What one guest has of a browser: contexts that it opened, their pages, and nothing else of the host's.
 * Every call of the guest is checked against BROWSER_CLASSES; what it holds is closed with the session.
 */
export class BrowserSession {
  readonly #core: SessionCore;
  readonly #news: StateNews;
  #calls = 0;
  #closing: Promise<void> | undefined;

  constructor(options: BrowserSessionOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const { files, profiles } = options;
    const core = {
      options,
      limits,
      handles: new Handles(limits),
      events: new EventQueue(limits.events),
      profiles: profiles && new ProfileStore(files ?? {}, profiles),
      ended: new AbortController(),
      scripts: 0,
      downloads: new Set(),
      write: (value: unknown, owner?: string) =>
        writeValue(value, (each) => this.#tag(each, owner)),
    } satisfies Omit<SessionCore, 'tracked'>;
    this.#core = Object.assign(core, { tracked: undefined as never }) as SessionCore;
    this.#core.tracked = new Tracked(this.#core);
    this.#news = new StateNews(this.#core);
  }

  /** Answers one call; what fails is in the answer. */
  async call(
    call: BrowserCall,
    bytes: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<SessionAnswer> {
    try {
      const { json, bytes: answered } = await this.#do(call, bytes, signal);
      const answer = { ...(json !== undefined && { value: json }), ...this.#state() };
      return { answer, ...(answered && { bytes: answered }) };
    } catch (error) {
      return { answer: { error: errorForGuest(error), ...this.#state() } };
    }
  }

  /** The ids of the contexts and pages that are open. */
  getTrackedResources(): { contexts: string[]; pages: string[] } {
    const { tracked } = this.#core;
    return {
      contexts: tracked.contexts.map(({ id }) => id),
      pages: tracked.pages.map(({ id }) => id),
    };
  }

  /** Closes every context, and waits a bounded time for Playwright to do so. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { ended, events, handles, limits, options, tracked } = this.#core;
    ended.abort(new BrowserError('BrowserClosedError', 'The browser has been closed'));
    events.close();
    const open = tracked.contexts;
    for (const each of open) each.isClosing = true;
    const ends = open.map(async (each) => {
      await bounded(closeContext(options, each.context), limits.closeMs);
      tracked.endContext(each, 'The browser has been closed');
      await each.profile?.abandon();
    });
    await Promise.all(ends);
    handles.clear();
  }

  async #do(
    call: BrowserCall,
    bytes: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<Written> {
    const { ended, events, limits } = this.#core;
    ended.signal.throwIfAborted();
    if (call.object === 'browser' && call.method === '$events') {
      return { json: await events.take(numberIn(call.args), signal), bytes: undefined };
    }
    if (this.#calls >= limits.calls) {
      throw new BrowserError('BrowserLimitError', `${limits.calls} calls are under way`);
    }
    this.#calls++;
    try {
      return await this.#answer(call, bytes, signal);
    } finally {
      this.#calls--;
    }
  }

  async #answer(
    call: BrowserCall,
    bytes: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<Written> {
    const core = this.#core;
    const subject = resolve(core, call);
    const args = readArguments(call.args, valueSource(core, { bytes, takes: takenBy(subject) }));
    const page = this.#pageOf(subject.id);
    const isClosing = subject.method === 'close';
    const signals = [signal, core.ended.signal];
    if (page && !isClosing) signals.push(page.ended.signal);
    const work = abortable(run({ core, subject, args }), AbortSignal.any(signals));
    const value = await (page ? unlessClosed(work, page.ended.signal) : work);
    // A page that got where none may be has ended by now, and its answer is nobody's.
    if (!isClosing) page?.ended.signal.throwIfAborted();
    return core.write(value, page?.id);
  }

  /** The page whose end is the end of a call. */
  #pageOf(id: string): TrackedPage | undefined {
    if (id === 'browser') return undefined;
    const { handles, tracked } = this.#core;
    const { className, target, owner } = handles.get(id);
    if (className === 'Page') return tracked.pageOf(target as Page);
    const page = pageOf(target) ?? (owner && handles.get(owner).target);
    return page ? tracked.pageOf(page as Page) : undefined;
  }

  #state(): Pick<BrowserAnswer, 'state' | 'events'> {
    const state = this.#news.take();
    return { ...(state !== undefined && { state }), events: this.#core.events.last };
  }

  /** An object of Playwright's as the guest has it. */
  #tag(value: object, owner: string | undefined): unknown {
    const className = classOf(value);
    if (!className) return undefined;
    const { handles, tracked } = this.#core;
    // One that is not the guest's, or is no more.
    if (className === 'Page' && !tracked.addPage(value as Page)) return NOTHING;
    if (className === 'Context' && !tracked.contextOf(value as BrowserContext)) return NOTHING;
    const page = pageOf(value);
    const { id } = handles.of(className, value, (page && handles.idOf(page)) ?? owner);
    const state = stateOf(className, value);
    if (!state) return { $h: id, c: className };
    const written = writeValue(state, (each) => this.#tag(each, owner)).json ?? '{}';
    return { $h: id, c: className, s: JSON.parse(written) as unknown };
  }
}

/** What fails since its page goes may fail before that is known. */
async function unlessClosed<T>(work: Promise<T>, ended: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isLeaving = /ERR_ABORTED|detached/.test(error instanceof Error ? error.message : '');
    await sleep(isLeaving ? LEAVING_MS : 0, undefined, { signal: ended }).catch(() => {});
    throw ended.aborted ? ended.reason : error;
  }
}

function numberIn(args: string): number {
  const [after] = readArguments(args, {
    bytes: undefined,
    takes: new Set(),
    handle: () => ({ className: 'Browser', target: {} }),
    locator: () => ({}),
  });
  return typeof after === 'number' ? after : 0;
}
