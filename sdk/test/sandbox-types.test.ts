import { expect, it } from 'vitest';
import type { Prefix, Sandbox } from '../src/index.ts';

type Own = Pick<Sandbox, 'precompile'>;
const search = async (query: string): Promise<string[]> => [query];

/** Never called: that it compiles, and that each marked line does not, is the test. */
export async function rebinding(sandbox: Own): Promise<void> {
  const prefix = await sandbox.precompile({ globals: { search, limit: 5 } });
  await prefix.run({ code: '', globals: { search: async (query) => [query, query] } });
  await prefix.run({ code: '', globals: { limit: 7 } });
  // @ts-expect-error -- the prefix has no such global
  await prefix.run({ code: '', globals: { unknown: () => 1 } });
  // @ts-expect-error -- a number is no function
  await prefix.run({ code: '', globals: { search: 5 } });
  // @ts-expect-error -- it takes a text
  await prefix.run({ code: '', globals: { search: async (query: number) => [String(query)] } });
  const bare = await sandbox.precompile({ code: '' });
  // @ts-expect-error -- there is nothing to rebind
  await bare.run({ code: '', globals: { search } });
  const result = await prefix.run({ code: '' });
  // @ts-expect-error -- a failure has no exports
  void result.exports;
  if (result.ok) void result.exports.default;
  else void (result.error.code satisfies string);
}

it('only names that were given to precompile can be rebound', () => {
  const named = (prefix: Prefix<{ a: number }>) => prefix.run({ globals: { a: 1 } });
  expect([rebinding.length, named.length]).toEqual([1, 1]);
});
