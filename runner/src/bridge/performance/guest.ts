import type { GuestGroup } from '../../guest/core.ts';
import { makePerformance } from './guest/performance.ts';

export const install: GuestGroup = () => ({ performance: makePerformance() });
