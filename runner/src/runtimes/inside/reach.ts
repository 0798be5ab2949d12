import type { Channel } from '@cofferdam/protocol/base';
import { browserOverChannel } from '../../bridge/browser/over-channel.ts';
import type { RunContext } from '../../bridge/capability.ts';
import { filesOverChannel } from '../../bridge/directory/over-channel.ts';
import { refused } from '../../bridge/fetch/none.ts';
import { fetchOfEmbedder, webSocketOfEmbedder } from '../../bridge/fetch/over-channel.ts';
import type { InsideOpen } from '../messages.ts';
import { served } from './request-scope.ts';

/** What a guest reaches of its embedder beside the port. */
export type Reach = Pick<RunContext, 'openFetch' | 'openFiles' | 'openBrowser' | 'openWebSocket'>;

/** What the embedder gave, until the signal is aborted. */
export function reachOf(
  channel: Channel,
  { runtimeId, bindings }: Pick<InsideOpen, 'runtimeId' | 'bindings'>,
  signal: AbortSignal,
): Reach {
  return {
    openFetch: (start) =>
      bindings.fetch
        ? fetchOfEmbedder(channel, { ...start, ...served(), runtimeId }, signal)
        : refused('fetch is not available: the host gave no fetch binding'),
    ...(bindings.files && {
      openFiles: (request) =>
        filesOverChannel(channel, { ...request, ...served(), runtimeId }, signal),
    }),
    ...(bindings.browser && {
      openBrowser: (call) => browserOverChannel(channel, { ...call, runtimeId }, signal),
    }),
    openWebSocket: (start) =>
      bindings.webSocket
        ? webSocketOfEmbedder(channel, { ...start, ...served(), runtimeId }, signal)
        : refused('WebSocket is not available: the host gave no binding for it'),
  };
}

/** Of a session that nobody has. */
export function noReach(): Reach {
  const why = 'nobody has the session: its handle was given back';
  return { openFetch: () => refused(why), openWebSocket: () => refused(why) };
}

/** Puts another reach in the place of the one that a context has. */
export function replaceReach(context: RunContext, reach: Reach): void {
  delete context.openFiles;
  delete context.openBrowser;
  Object.assign(context, reach);
}
