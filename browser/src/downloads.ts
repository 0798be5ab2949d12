import type { CDPSession, Download, Page } from 'playwright-core';
import { bounded } from './bounded.ts';
import type { SessionCore } from './core.ts';

/** How long one may take of whose size nothing is known: another browser than Chromium, or it came first. */
const UNSEEN_MS = 10_000;

/** Progress of a page's downloads, by their addresses. */
interface Progress {
  /** Bytes so far, or in all where that is known. */
  bytes: Map<string, number>;
  onBytes(url: string): void;
}

/** Cancels downloads of a page that are too many or too large. */
export function watchDownloads(core: SessionCore, page: Page): void {
  const mine = new Set<Download>();
  const running = new Map<Download, string>();
  const tooLarge = (url: string) => (progress.bytes.get(url) ?? 0) > core.limits.downloadBytes;
  const cancelLarge = (url: string) => {
    if (!tooLarge(url)) return;
    for (const [download, address] of running) if (address === url) cancel(download);
  };
  const progress: Progress = { bytes: new Map(), onBytes: cancelLarge };
  void followProgress(page, progress).catch(() => {});
  page.on('download', (download) => {
    if (core.downloads.size >= core.limits.downloads) return cancel(download);
    core.downloads.add(download);
    mine.add(download);
    const url = download.url();
    running.set(download, url);
    cancelLarge(url);
    const timer = setTimeout(() => !progress.bytes.has(url) && cancel(download), UNSEEN_MS);
    timer.unref();
    const over = () => {
      clearTimeout(timer);
      running.delete(download);
    };
    download.failure().then(over, over);
  });
  page.once('close', () => {
    for (const download of mine) core.downloads.delete(download);
  });
}

function cancel(download: Download): void {
  void bounded(download.cancel(), UNSEEN_MS);
}

interface WillBegin {
  guid: string;
  url: string;
}

interface InProgress {
  guid: string;
  totalBytes: number;
  receivedBytes: number;
  state: string;
}

/** Chromium says how far downloads are; what Playwright says of one is only that it is over. */
async function followProgress(page: Page, progress: Progress): Promise<void> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const addresses = new Map<string, string>();
  session.on('Page.downloadWillBegin', ({ guid, url }: WillBegin) => {
    addresses.set(guid, url);
    progress.bytes.set(url, 0);
  });
  session.on('Page.downloadProgress', ({ guid, state, ...bytes }: InProgress) => {
    const url = addresses.get(guid);
    if (url === undefined) return;
    progress.bytes.set(url, Math.max(bytes.totalBytes, bytes.receivedBytes));
    progress.onBytes(url);
    if (state === 'inProgress') return;
    addresses.delete(guid);
    progress.bytes.delete(url);
  });
  await session.send('Page.enable');
}
