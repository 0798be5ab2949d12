import type { GuestGroup } from '../../guest/core.ts';
import { fetch } from './guest/fetch.ts';
import { Headers, rawOf, receivedHeaders } from './guest/headers.ts';
import { makeStream } from './guest/readable-stream.ts';
import { receive, receivedOf, Request, takeRequest } from './guest/request.ts';
import { isResponse, respond, Response, takeResponse } from './guest/response.ts';

/** What other groups use of this one, beside its globals. */
export interface FetchGroup {
  Headers: typeof Headers;
  isResponse: typeof isResponse;
  makeStream: typeof makeStream;
  rawOf: typeof rawOf;
  receive: typeof receive;
  receivedHeaders: typeof receivedHeaders;
  receivedOf: typeof receivedOf;
  respond: typeof respond;
  takeRequest: typeof takeRequest;
  takeResponse: typeof takeResponse;
}

export const install: GuestGroup = () => ({
  ...{ fetch, Headers, Request, Response },
  ...{ isResponse, makeStream, rawOf, receive, receivedHeaders, receivedOf },
  ...{ respond, takeRequest, takeResponse },
});
