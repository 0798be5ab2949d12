import type { GuestGroup } from '../../guest/core.ts';
import { Buffer } from './guest/buffer.ts';

export const install: GuestGroup = () => ({ Buffer });
