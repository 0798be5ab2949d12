import type { GuestGroup } from '../../guest/core.ts';
import { open } from './guest/loader.ts';

/** The loader of ES modules. It has no globals: the host opens it, and no guest gets hold of it. */
export const install: GuestGroup = () => ({ open });
