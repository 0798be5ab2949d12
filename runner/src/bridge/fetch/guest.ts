import type { GuestGroup } from '../../guest/core.ts';
import { fetch } from './guest/fetch.ts';
import { Headers } from './guest/headers.ts';
import { makeStream } from './guest/readable-stream.ts';
import { Request } from './guest/request.ts';
import { Response } from './guest/response.ts';

/** What other groups use of this one, beside its globals. */
export interface FetchGroup {
  makeStream: typeof makeStream;
}

export const install: GuestGroup = () => ({ fetch, Headers, makeStream, Request, Response });
