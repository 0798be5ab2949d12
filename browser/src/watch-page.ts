import type { Frame, Page } from 'playwright-core';
import { isAllowed } from './addresses.ts';
import { bounded } from './bounded.ts';
import type { SessionCore } from './core.ts';
import { watchDownloads } from './downloads.ts';
import type { TrackedPage } from './tracked.ts';

/** Ends what a page was when it is closed or has crashed, and a page that got where none may be. */
export function watchPage(core: SessionCore, tracked: TrackedPage): void {
  const { page } = tracked;
  page.once('close', () => core.tracked.endPage(tracked, 'The page has been closed'));
  page.once('crash', () => {
    // Told to listeners before the page is let go.
    setImmediate(() => {
      core.tracked.endPage(tracked, 'The page has crashed');
      void bounded(page.close(), core.limits.closeMs);
    });
  });
  const bar = (frame: Frame) => {
    if (isAllowed(frame.url())) return;
    // No answer of that document reaches the guest: those of calls under way are rejected from here on.
    core.tracked.endPage(tracked, "The page has gone where no guest's page may be");
    const reason = 'it went to an address that is refused';
    core.events.push('browser', '$closed', JSON.stringify({ id: tracked.id, reason }));
    void bounded(page.close(), core.limits.closeMs);
  };
  page.on('framenavigated', bar);
  for (const frame of page.frames()) bar(frame);
  watchDownloads(core, page);
}

/** The page that an object belongs to, where it belongs to one. */
export function pageOf(target: object): Page | undefined {
  const { page } = target as { page?: unknown };
  if (typeof page !== 'function') return undefined;
  return (page.call(target) as Page | null) ?? undefined;
}
