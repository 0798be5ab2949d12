import { parser, TestResultsSchema, type TestResults } from '@cofferdam/protocol';
import { runGuest, type HarnessOptions } from './isolate-harness.ts';

const parse = parser(TestResultsSchema);

/** Runs code as a check in a real isolate; its results have to be what the schema says. */
export async function check(code: string, options: HarnessOptions = {}): Promise<TestResults> {
  const { exitReason, value, error } = await runGuest(code, { ...options, form: 'check' });
  if (value === undefined) throw new Error(`${exitReason}: ${error.name}: ${error.message}`);
  return parse(value);
}

/** `fullName: status`, and what failed it. */
export function lines({ tests }: TestResults): string[] {
  return tests.map(({ fullName, status, error }) =>
    error ? `${fullName}: ${status} (${error.message})` : `${fullName}: ${status}`,
  );
}

/** The order in which things happened, which the code has to leave in `globalThis.order`. */
export async function orderOf(code: string): Promise<string[]> {
  const order: string[] = [];
  const { logs } = await runGuest(code, { form: 'check' });
  for (const { message } of logs) order.push(message);
  return order;
}
