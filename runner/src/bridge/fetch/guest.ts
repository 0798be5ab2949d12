import type { GuestGroup } from '../../guest/core.ts';
import { fetch } from './guest/fetch.ts';
import { Headers } from './guest/headers.ts';
import { Request } from './guest/request.ts';
import { Response } from './guest/response.ts';

export const install: GuestGroup = () => ({ fetch, Headers, Request, Response });
