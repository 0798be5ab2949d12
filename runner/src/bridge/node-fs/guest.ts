import type { GuestGroup } from '../../guest/core.ts';
import * as promises from './guest/promises.ts';

const named = { ...promises };

/** The exports of `node:fs/promises`, for the loader of modules (runtimes/platform-modules.ts). */
export const install: GuestGroup = () => ({ ...named, default: { ...named } });
