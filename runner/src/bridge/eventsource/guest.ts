import type { GuestGroup } from '../../guest/core.ts';
import { EventSource } from './guest/event-source.ts';

export const install: GuestGroup = () => ({ EventSource });
