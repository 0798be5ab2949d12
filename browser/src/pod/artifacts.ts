import type { BrowserContext, Page } from 'playwright-core';
import {
  MAX_ARTIFACT_BYTES,
  MAX_ARTIFACT_LINES,
  MAX_ARTIFACT_SCREENSHOTS,
  MAX_ARTIFACT_TEXT,
  type BrowserArtifactLine,
  type BrowserArtifacts,
} from '@cofferdam/protocol';

const SCREENSHOT_MS = 5_000;
const SCREENSHOT = { type: 'jpeg', quality: 60, timeout: SCREENSHOT_MS } as const;

/** What a session leaves behind, within bounds. */
export class Artifacts {
  readonly #lines: BrowserArtifactLine[] = [];
  readonly #contexts = new Set<BrowserContext>();
  #dropped = 0;

  /** Hears what happens in the pages of a context from now on. */
  watch(context: BrowserContext): void {
    this.#contexts.add(context);
    context.once('close', () => this.#contexts.delete(context));
    context.on('console', (message) => this.add('console', message.type(), message.text()));
    context.on('weberror', (error) => this.add('pageerror', 'error', String(error.error())));
  }

  add(kind: BrowserArtifactLine['kind'], level: string, text: string): void {
    if (this.#lines.length >= MAX_ARTIFACT_LINES) {
      this.#dropped++;
      return;
    }
    const line = { time: Date.now(), kind, level: level.slice(0, 32) };
    this.#lines.push({ ...line, text: text.slice(0, MAX_ARTIFACT_TEXT) });
  }

  /** The lines so far, and photographs of the open pages where they are wanted. */
  async collect(withScreenshots: boolean): Promise<{ answer: BrowserArtifacts; bytes: Buffer[] }> {
    const screenshots: BrowserArtifacts['screenshots'] = [];
    const bytes: Buffer[] = [];
    let room = MAX_ARTIFACT_BYTES;
    for (const page of withScreenshots ? this.#pages() : []) {
      // eslint-disable-next-line no-await-in-loop -- at most four; together they would need their memory at once
      const image = await page.screenshot(SCREENSHOT).catch(() => undefined);
      if (!image || image.byteLength > room) continue;
      room -= image.byteLength;
      screenshots.push({ url: page.url().slice(0, MAX_ARTIFACT_TEXT), bytes: image.byteLength });
      bytes.push(image);
    }
    return { answer: { lines: [...this.#lines], dropped: this.#dropped, screenshots }, bytes };
  }

  #pages(): Page[] {
    const pages = [...this.#contexts].flatMap((context) => context.pages());
    return pages.slice(0, MAX_ARTIFACT_SCREENSHOTS);
  }
}
