import { list, record } from '../../../guest/interface.ts';

/** Functions are the guest's; everything else here is the platform's and without prototypes. */
export interface Hook {
  readonly run: Function;
  /** Milliseconds; 0 for no limit. */
  readonly timeout: number;
}

export const HOOKS = ['beforeAll', 'afterAll', 'beforeEach', 'afterEach'] as const;
export type HookName = (typeof HOOKS)[number];

/** What is said of a test or a suite where it is registered; what is left out comes from outside. */
export interface Options {
  timeout?: number | undefined;
  retry?: number | undefined;
  skip?: boolean;
  only?: boolean;
  todo?: boolean;
  fails?: boolean;
}

interface Place {
  readonly name: string;
  readonly fullName: string;
  readonly parent: Suite | undefined;
  readonly options: Options;
  /** Set before the first test runs. */
  willRun: boolean;
}

export interface TestCase extends Place {
  readonly kind: 'test';
  readonly parent: Suite;
  readonly body: Function | undefined;
  readonly args: readonly unknown[];
}

export interface Suite extends Place {
  readonly kind: 'suite';
  readonly body: Function | undefined;
  readonly args: readonly unknown[];
  /** Suites around it, without the nameless one around everything. */
  readonly depth: number;
  /** What tests of it have for `suitePath`. */
  readonly path: readonly string[];
  /** Tests and suites as they were registered. */
  readonly children: (TestCase | Suite)[];
  readonly hooks: Record<HookName, Hook[]>;
  /** UTF-16 units of {@link path}. */
  readonly pathUnits: number;
}

export function newHooks(): Record<HookName, Hook[]> {
  return record({
    beforeAll: list<Hook>(),
    afterAll: list<Hook>(),
    beforeEach: list<Hook>(),
    afterEach: list<Hook>(),
  });
}

/** The nameless suite around everything. */
export function rootSuite(): Suite {
  return record<Suite>({
    kind: 'suite',
    name: '',
    fullName: '',
    parent: undefined,
    options: record({}),
    body: undefined,
    args: list(),
    depth: -1,
    path: list(),
    children: list(),
    hooks: newHooks(),
    willRun: true,
    pathUnits: 0,
  });
}
