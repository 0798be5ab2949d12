import type { GuestGroup } from '../../guest/core.ts';
import { openNetwork } from './guest/network.ts';

/** What core takes from this group, in a realm that is a worker's. */
export interface NetworkGroup {
  open: typeof openNetwork;
}

export const install: GuestGroup = () => ({ open: openNetwork });
