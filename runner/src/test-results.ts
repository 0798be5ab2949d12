import {
  checker,
  MAX_TEST_ERROR_TEXT,
  parseJson,
  TestResultsSchema,
  type GuestError,
  type TestError,
} from '@cofferdam/protocol';

/** A list, an object in it, its error: results nest no deeper. */
const MAX_DEPTH = 16;
const check = checker(TestResultsSchema);

/**
 * The results of tests, as JSON text, with positions in what the author wrote. What are no results, of
 * a guest that took its realm over, stays as it is, since whoever reads it checks; and so does what would
 * become longer than it may be, in UTF-16 units.
 */
export function withResultPositions(
  text: string,
  { authors, maxUnits }: { authors: (error: GuestError) => GuestError; maxUnits: number },
): string {
  const results = parsed(text);
  if (!results) return text;
  const written = (error: TestError): TestError => {
    const { message, stack } = authors({ ...error });
    return {
      ...error,
      message: message.slice(0, MAX_TEST_ERROR_TEXT),
      ...(stack !== undefined && { stack: stack.slice(0, MAX_TEST_ERROR_TEXT) }),
    };
  };
  const tests = results.tests.map((test) =>
    test.error ? { ...test, error: written(test.error) } : test,
  );
  const made = JSON.stringify({ ...results, tests, errors: results.errors.map(written) });
  return made.length > maxUnits ? text : made;
}

function parsed(text: string) {
  try {
    const checked = check(parseJson(text, { maxDepth: MAX_DEPTH }));
    return checked.ok ? checked.value : undefined;
  } catch {
    return undefined;
  }
}
