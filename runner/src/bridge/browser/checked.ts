import {
  BrowserAnswerSchema,
  MAX_BROWSER_BYTES,
  parser,
  type BrowserAnswer,
  type BrowserCall,
  type IncomingCall,
} from '@cofferdam/protocol';
import type { OpenBrowser } from './exchange.ts';
import { serveBrowserExchange } from './over-channel.ts';

const parseAnswer = parser(BrowserAnswerSchema, 'PROTOCOL_VIOLATION');

/** Has the next hop do what a guest's process asks, with as many bytes as it announced, and checks the answer. */
export async function serveCheckedBrowser(
  call: IncomingCall,
  asked: BrowserCall,
  open: OpenBrowser,
): Promise<BrowserAnswer> {
  const sizes = { sentBytes: asked.bytes ?? 0, mostBytes: MAX_BROWSER_BYTES };
  return parseAnswer(await serveBrowserExchange(call, open(asked), sizes));
}
