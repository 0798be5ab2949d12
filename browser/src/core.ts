import type { Download } from 'playwright-core';
import type { EventQueue } from './event-queue.ts';
import type { Handles } from './handles.ts';
import type { BrowserLimits } from './limits.ts';
import type { BrowserSessionOptions } from './options.ts';
import type { ProfileStore } from './profiles/store.ts';
import type { Tracked } from './tracked.ts';
import type { Written } from './values/write.ts';

/** What the parts of one session share. */
export interface SessionCore {
  options: BrowserSessionOptions;
  limits: BrowserLimits;
  handles: Handles;
  events: EventQueue;
  tracked: Tracked;
  profiles: ProfileStore | undefined;
  /** Aborted when the session is closed; the reason is what calls are told. */
  ended: AbortController;
  /** Scripts and routes that were added, which stay as long as what they were added to. */
  scripts: number;
  /** Those under way, or done and not deleted: they take room on the disk. */
  downloads: Set<Download>;
  /** `owner`: the page whose end is the end of what the value refers to. */
  write(value: unknown, owner?: string): Written;
}
