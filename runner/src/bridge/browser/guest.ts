import { core } from '../../guest/captured.ts';
import type { GuestGroup } from '../../guest/core.ts';
import type { Matchers } from '../tests/guest/expect/matcher.ts';
import { LOCATOR_MATCHERS } from './guest/matchers/locator-matchers.ts';
import { PAGE_MATCHERS } from './guest/matchers/page-matchers.ts';
import { STATE_MATCHERS } from './guest/matchers/state-matchers.ts';
import { theBrowser } from './guest/own-methods.ts';
import { defineClasses } from './guest/prototypes.ts';

/** What this group uses of the group `tests`, where the guest has it. */
interface Expecting {
  addMatchers(matchers: Matchers): void;
}

export const install: GuestGroup = () => {
  defineClasses();
  if (core.offers('tests')) {
    const { addMatchers } = core.use<Expecting>('tests');
    addMatchers(PAGE_MATCHERS);
    addMatchers(LOCATOR_MATCHERS);
    addMatchers(STATE_MATCHERS);
  }
  return { browser: theBrowser() };
};
