import type { BrowserContext, Page } from 'playwright-core';
import { bounded } from './bounded.ts';
import { classOf } from './classify.ts';
import { closeContext } from './close-context.ts';
import type { SessionCore } from './core.ts';
import { BrowserError } from './errors.ts';
import { observeContext } from './observe.ts';
import type { OpenProfile } from './profiles/open-profile.ts';
import { watchPage } from './watch-page.ts';

export interface TrackedContext {
  id: string;
  context: BrowserContext;
  /** What relative addresses start from. */
  baseURL: string | undefined;
  profile: OpenProfile | undefined;
  /** The guest closes it. */
  isClosing: boolean;
}

export interface TrackedPage {
  id: string;
  page: Page;
  context: TrackedContext;
  /** Aborted when the page is no more, with what its calls are told. */
  ended: AbortController;
}

/** The contexts and pages of a session, and who opened them: the guest, or a page by itself. */
export class Tracked {
  readonly #core: SessionCore;
  readonly #contexts = new Map<BrowserContext, TrackedContext>();
  readonly #pages = new Map<Page, TrackedPage>();
  /** Being opened. */
  #opening = { contexts: 0, pages: 0 };
  #toldOfSurplus = false;

  constructor(core: SessionCore) {
    this.#core = core;
  }

  get contexts(): TrackedContext[] {
    return [...this.#contexts.values()];
  }

  get pages(): TrackedPage[] {
    return [...this.#pages.values()];
  }

  contextOf(context: BrowserContext): TrackedContext | undefined {
    return this.#contexts.get(context);
  }

  pageOf(page: Page): TrackedPage | undefined {
    return this.#pages.get(page);
  }

  /** Opens a context, if there may be one more. What comes when the session is over is closed. */
  async openContext(
    open: () => Promise<BrowserContext>,
    rest: Pick<TrackedContext, 'baseURL' | 'profile'>,
  ): Promise<TrackedContext> {
    const { limits, ended, options } = this.#core;
    if (this.#contexts.size + this.#opening.contexts >= limits.contexts) {
      throw new BrowserError('BrowserLimitError', `${limits.contexts} contexts are open`);
    }
    this.#opening.contexts++;
    try {
      const context = await open();
      if (!isOf('Context', context)) throw new TypeError('The host answered no context');
      if (ended.signal.aborted) {
        await bounded(closeContext(options, context), limits.closeMs);
        throw ended.signal.reason;
      }
      return this.#contexts.get(context) ?? this.#addContext(context, rest);
    } finally {
      this.#opening.contexts--;
    }
  }

  /** Opens a page, if there may be one more. */
  async openPage(open: () => Promise<Page>): Promise<TrackedPage> {
    const { limits } = this.#core;
    if (this.#pages.size + this.#opening.pages >= limits.pages) {
      throw new BrowserError('BrowserLimitError', `${limits.pages} pages are open`);
    }
    this.#opening.pages++;
    let page: Page | undefined;
    try {
      page = await open();
      if (!isOf('Page', page)) throw new TypeError('The host answered no page');
    } finally {
      this.#opening.pages--;
    }
    const tracked = this.addPage(page);
    if (!tracked) throw new BrowserError('BrowserClosedError', 'The page has been closed');
    return tracked;
  }

  /** A page that is there; undefined where it is one too many, or has gone. */
  addPage(page: Page): TrackedPage | undefined {
    const known = this.#pages.get(page);
    if (known) return known;
    const context = this.#contexts.get(page.context());
    if (!context || page.isClosed()) return undefined;
    // Those that are being opened have a place already.
    if (this.#pages.size >= this.#core.limits.pages) {
      this.#closeSurplus(page);
      return undefined;
    }
    this.#toldOfSurplus = false;
    const { id } = this.#core.handles.of('Page', page, context.id);
    const tracked = { id, page, context, ended: new AbortController() };
    this.#pages.set(page, tracked);
    watchPage(this.#core, tracked);
    return tracked;
  }

  /** A page is no more: of its own, by the guest, or since it went where no guest's page may be. */
  endPage(tracked: TrackedPage, message: string): void {
    if (!this.#pages.delete(tracked.page)) return;
    tracked.ended.abort(new BrowserError('BrowserClosedError', message));
    this.#core.handles.dropOwnedBy(tracked.id);
    this.#core.handles.drop(tracked.page);
  }

  endContext(tracked: TrackedContext, message: string): void {
    if (!this.#contexts.delete(tracked.context)) return;
    for (const page of this.pages) {
      if (page.context === tracked) this.endPage(page, message);
    }
    const { handles, events } = this.#core;
    handles.dropOwnedBy(tracked.id);
    handles.drop(tracked.context);
    if (tracked.isClosing) return;
    events.push('browser', '$closed', JSON.stringify({ id: tracked.id, reason: message }));
    // What its profile had is lost with it: nothing can be read of what has gone.
    void tracked.profile?.abandon();
  }

  #addContext(
    context: BrowserContext,
    rest: Pick<TrackedContext, 'baseURL' | 'profile'>,
  ): TrackedContext {
    const { handles, options } = this.#core;
    const { id } = handles.of('Context', context);
    const tracked: TrackedContext = { id, context, isClosing: false, ...rest };
    this.#contexts.set(context, tracked);
    if (options.timeout !== undefined) context.setDefaultTimeout(options.timeout);
    context.on('page', (page) => this.addPage(page));
    context.once('close', () => {
      const isThere = context.browser()?.isConnected() ?? true;
      this.endContext(tracked, isThere ? 'The context has been closed' : 'The browser has gone');
    });
    observeContext(this.#core, tracked);
    for (const page of context.pages()) this.addPage(page);
    return tracked;
  }

  #closeSurplus(page: Page): void {
    void bounded(page.close(), this.#core.limits.closeMs);
    if (this.#toldOfSurplus) return;
    this.#toldOfSurplus = true;
    const reason = `${this.#core.limits.pages} pages are open: those that open by themselves are closed`;
    this.#core.events.push('browser', '$closed', JSON.stringify({ reason }));
  }
}

/** Whether what an embedder's function answered is what it is for. */
function isOf(className: 'Context' | 'Page', value: unknown): boolean {
  return typeof value === 'object' && value !== null && classOf(value) === className;
}
