import { BrowserCallSchema } from '../runtime/browser.ts';
import { Type } from '../schema/typebox.ts';

/**
 * Runner → gateway: what the guest of a run asks of its browser, with bytes both
 * ways; answer `BrowserAnswer`. Of a run that the gateway has given this runner, and that may have a browser.
 */
export const RUN_BROWSER_METHOD = 'run.browser';

export const RunBrowserSchema = Type.Object(
  { runId: Type.String({ minLength: 1, maxLength: 64 }), ...BrowserCallSchema.properties },
  { additionalProperties: false },
);
