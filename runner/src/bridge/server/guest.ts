import type { GuestGroup } from '../../guest/core.ts';
import { openServer } from './guest/open.ts';
import { serve } from './guest/serve.ts';

/** What core takes from this group, in a realm that serves. */
export interface ServerGroup {
  open: typeof openServer;
}

export const install: GuestGroup = () => ({ open: openServer, serve });
