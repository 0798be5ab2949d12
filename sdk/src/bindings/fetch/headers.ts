import type { FetchHead } from '@cofferdam/protocol';

export type HeaderList = FetchHead['headers'];

/** About the connection and not the message, or about how long a body is: never the guest's to say. */
const FORBIDDEN_REQUEST =
  /^(?:connection|content-length|expect|host|http2-settings|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|via)$/i;
const HOP_BY_HOP = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;
/** A body arrives decoded: its coding and its length on the wire are no longer true. */
const ABOUT_THE_CODING = /^(?:content-encoding|content-length)$/i;

/** What a guest may say of its request. */
export function requestHeaders(given: HeaderList): HeaderList {
  return given.filter(([name]) => !FORBIDDEN_REQUEST.test(name));
}

/** What a guest is told of a response, whose body may be none. */
export function responseHeaders(headers: Iterable<[string, string]>, hasBody: boolean): HeaderList {
  const kept = [...headers].filter(([name]) => !HOP_BY_HOP.test(name));
  const isCoded = kept.some(([name]) => name.toLowerCase() === 'content-encoding');
  return isCoded && hasBody ? kept.filter(([name]) => !ABOUT_THE_CODING.test(name)) : kept;
}
