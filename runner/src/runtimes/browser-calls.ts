import {
  BindingBrowserSchema,
  CofferdamError,
  parser,
  type BrowserAnswer,
  type Channel,
  type IncomingCall,
} from '@cofferdam/protocol';
import { serveCheckedBrowser } from '../bridge/browser/checked.ts';
import { browserOverChannel } from '../bridge/browser/over-channel.ts';

const parseCall = parser(BindingBrowserSchema, 'PROTOCOL_VIOLATION');

/** As many as a guest's own process lets be under way. */
const MAX_CALLS = 256;

/** Has the embedder's browser do what one guest asks, and checks what both say. */
export class BrowserCalls {
  #count = 0;

  async serve(call: IncomingCall, channel: Channel, signal: AbortSignal): Promise<BrowserAnswer> {
    const asked = parseCall(call.payload);
    if (this.#count >= MAX_CALLS) throw new CofferdamError('QUEUE_FULL');
    this.#count++;
    try {
      const open = () => browserOverChannel(channel, asked, signal);
      return await serveCheckedBrowser(call, asked, open);
    } finally {
      this.#count--;
    }
  }
}
