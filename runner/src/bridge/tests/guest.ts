import type { GuestGroup } from '../../guest/core.ts';
import { globalsOf } from './guest/api.ts';
import { expecting } from './guest/expecting.ts';
import { Registry } from './guest/registry.ts';
import { testsOf } from './guest/tests.ts';

const registry = new Registry();

/** The globals of tests, what runs them, and what adds matchers to `expect`. */
export const install: GuestGroup = () => ({
  ...globalsOf(registry),
  ...testsOf(registry),
  expect: expecting.expect,
  addMatchers: expecting.addMatchers,
});
