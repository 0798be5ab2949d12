import type { GuestGroup } from '../../guest/core.ts';
import { FileReader } from './guest/file-reader.ts';
import { ProgressEvent } from './guest/progress-event.ts';

export const install: GuestGroup = () => ({ FileReader, ProgressEvent });
