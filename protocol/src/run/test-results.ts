import { Type, type Static } from '../schema/typebox.ts';

const closed = { additionalProperties: false };
const count = () => Type.Integer({ minimum: 0, maximum: 100_000 });
const text = (maxLength: number) => Type.String({ maxLength });
/** Milliseconds. */
const duration = () => Type.Number({ minimum: 0 });

/** The most tests that one run registers. */
export const MAX_TESTS = 10_000;
/** The most suites that one run registers, and how deep they nest. */
export const MAX_SUITES = 2_000;
export const MAX_SUITE_DEPTH = 32;
/** UTF-16 units of a test's or a suite's name, alone or with those of the suites around it. */
export const MAX_TEST_NAME = 512;
/** UTF-16 units of each text that says what went wrong. */
export const MAX_TEST_ERROR_TEXT = 8_192;
/** The most errors that are of no test. */
export const MAX_TEST_RUN_ERRORS = 100;

const name = () => text(MAX_TEST_NAME);
const path = () => Type.Array(name(), { maxItems: MAX_SUITE_DEPTH });

/** What failed a test. Every text is the guest's word, cut to size. */
export const TestErrorSchema = Type.Object(
  {
    name: text(256),
    message: text(MAX_TEST_ERROR_TEXT),
    stack: Type.Optional(text(MAX_TEST_ERROR_TEXT)),
    /** Of an assertion: what was wanted and what there was, as a console would show it. */
    expected: Type.Optional(text(MAX_TEST_ERROR_TEXT)),
    actual: Type.Optional(text(MAX_TEST_ERROR_TEXT)),
  },
  closed,
);
export type TestError = Static<typeof TestErrorSchema>;

/** A test, by its place. */
const TestInfoSchema = Type.Object(
  {
    name: name(),
    /** `outer > inner > name`. */
    fullName: name(),
    /** The names of the suites around it, outermost first. */
    suitePath: path(),
  },
  closed,
);

const TEST_STATUSES = ['pass', 'fail', 'skip', 'todo'] as const;

export const TestResultSchema = Type.Object(
  {
    ...TestInfoSchema.properties,
    status: Type.Enum([...TEST_STATUSES]),
    /** Milliseconds, with its `beforeEach` and `afterEach` and all its tries. */
    duration: duration(),
    /** Of a test that failed. */
    error: Type.Optional(TestErrorSchema),
    /** How often it was tried again; absent where it was not. */
    retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  },
  closed,
);
export type TestResult = Static<typeof TestResultSchema>;

/** A suite, by its place. */
const SuiteInfoSchema = Type.Object(
  {
    name: name(),
    fullName: name(),
    /** The names of the suites around it, outermost first. */
    path: path(),
    /** How many those are. */
    depth: Type.Integer({ minimum: 0, maximum: MAX_SUITE_DEPTH }),
  },
  closed,
);

const counts = {
  passed: count(),
  failed: count(),
  skipped: count(),
  todo: count(),
  /** Milliseconds. */
  duration: duration(),
};

/** A suite that has ended; its counts are of all tests in it, those of inner suites too. */
const SuiteResultSchema = Type.Object({ ...SuiteInfoSchema.properties, ...counts }, closed);

const TestSummarySchema = Type.Object(
  {
    /** At least one test was registered, none failed, and nothing went wrong around them. */
    success: Type.Boolean(),
    ...counts,
    total: count(),
  },
  closed,
);

/** How the tests of one module ended. */
export const TestResultsSchema = Type.Object(
  {
    ...TestSummarySchema.properties,
    /** In the order in which they were registered. */
    tests: Type.Array(TestResultSchema, { maxItems: MAX_TESTS }),
    suites: Type.Array(SuiteResultSchema, { maxItems: MAX_SUITES }),
    /** What is of no test: a suite whose body threw, an `afterAll` that failed, no tests at all. */
    errors: Type.Array(TestErrorSchema, { maxItems: MAX_TEST_RUN_ERRORS }),
  },
  closed,
);
export type TestResults = Static<typeof TestResultsSchema>;

/** What happens while tests run. Best effort: `dropped` says how many were not told. */
export const TestEventSchema = Type.Union([
  Type.Object({ type: Type.Literal('runStart'), testCount: count(), suiteCount: count() }, closed),
  Type.Object({ type: Type.Literal('suiteStart'), suite: SuiteInfoSchema }, closed),
  Type.Object({ type: Type.Literal('suiteEnd'), suite: SuiteResultSchema }, closed),
  Type.Object({ type: Type.Literal('testStart'), test: TestInfoSchema }, closed),
  Type.Object({ type: Type.Literal('testEnd'), test: TestResultSchema }, closed),
  Type.Object({ type: Type.Literal('dropped'), count: count() }, closed),
  Type.Object({ type: Type.Literal('runEnd'), results: TestSummarySchema }, closed),
]);
export type TestEvent = Static<typeof TestEventSchema>;
