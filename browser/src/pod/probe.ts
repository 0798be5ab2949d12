import { answerProbe, CofferdamError, type Probe } from '@cofferdam/protocol';
import type { Chromium } from './chromium.ts';

const PAGE = 'data:text/html,<title>probe</title><p>6*7';
const WITHIN_MS = 15_000;

/** Renders a page of ours, and tries to connect to what must not be reachable from here. */
export function probe(chromium: Chromium, payload: unknown): Promise<Probe> {
  return answerProbe(payload, () => troubleWith(chromium));
}

async function troubleWith(chromium: Chromium): Promise<string | undefined> {
  try {
    const context = await (await chromium.browser).newContext();
    try {
      const page = await context.newPage();
      await page.goto(PAGE, { timeout: WITHIN_MS });
      const text = await page.locator('body').innerText();
      return text === '6*7' ? undefined : `the probe's page says '${text.slice(0, 100)}'`;
    } finally {
      await context.close();
    }
  } catch (error) {
    return CofferdamError.from(error).message.slice(0, 1_000);
  }
}
