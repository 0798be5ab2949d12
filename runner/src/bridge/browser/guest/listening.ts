import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import { listen, unlisten, unlistenAll } from './listeners.ts';
import type { Method } from './methods.ts';
import { addRoute, removeRoutes } from './routes.ts';
import { readWait, timeoutOf, waitFor } from './waiting.ts';

const { TypeError } = primordials;

const on: Method = function (event, callback) {
  listen(this, event, callback);
  return this;
};
const off: Method = function (event, callback) {
  if (typeof callback !== 'function') throw new TypeError('A listener must be a function');
  unlisten(this, event, callback);
  return this;
};

/** What all have that something happens in. */
export const LISTENING: Record<string, Method> = record({
  on,
  off,
  addListener: on,
  removeListener: off,
  once: function (event, callback) {
    listen(this, event, callback, true);
    return this;
  } as Method,
  removeAllListeners: function (event) {
    if (event === undefined) unlistenAll(this);
    else unlisten(this, event);
    return this;
  } as Method,
});

/** What contexts and pages have in common of waiting and routes. */
export const WATCHING: Record<string, Method> = record({
  waitForEvent: function (event, given) {
    const { predicate, timeout } = readWait(given);
    return waitFor(this, {
      event: `${event as string}`,
      title: `event "${event as string}"`,
      predicate: predicate as Function | undefined,
      timeout: timeoutOf(this, timeout),
    });
  } as Method,
  route: function (pattern, handler, options) {
    return addRoute(this, pattern, handler, (options as { times?: unknown } | undefined)?.times);
  } as Method,
  unroute: function (pattern, handler) {
    return removeRoutes(this, pattern, handler);
  } as Method,
  unrouteAll: function () {
    return removeRoutes(this);
  } as Method,
});
