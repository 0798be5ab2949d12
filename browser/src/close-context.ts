import type { BrowserContext } from 'playwright-core';
import type { BrowserSessionOptions } from './options.ts';

/** As the host closes what it has opened. */
export async function closeContext(
  options: BrowserSessionOptions,
  context: BrowserContext,
): Promise<void> {
  await (options.closeContext ? options.closeContext(context) : context.close());
}
