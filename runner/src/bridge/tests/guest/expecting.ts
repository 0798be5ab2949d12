import { core } from '../../../guest/captured.ts';
import { createExpect } from './expect/index.ts';

/** The realm's one `expect`, and what it is told of tests. */
export const expecting = createExpect(core);
