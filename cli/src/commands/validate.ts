import { describeProblem, type ParsedFile } from '@cofferdam/operator';
import { readArgs } from '../args.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { Client, expectOk } from './client.ts';
import { readSourceFile } from './source-file.ts';

/** `cofferdam validate <file>`: resources are checked here, code by a running instance's compiler. */
export async function validateCommand(args: string[]): Promise<ExitCode> {
  const { values, positionals } = readArgs(
    args,
    { url: { type: 'string' } },
    { atLeast: 1, atMost: 1, names: 'one file: cofferdam validate <file>' },
  );
  const path = positionals[0]!;
  const source = await readSourceFile(path);
  if (source.kind === 'resources') return reportResources(path, source.parsed);
  const client = new Client({ url: values.url });
  const answer = expectOk(await client.post('/validate', { code: source.code }));
  if (answer.valid === true) {
    console.log(`${path}: valid`);
    return EXIT.ok;
  }
  const { message } = Object(answer.error) as { message?: string };
  console.error(`${path}: ${message ?? String(answer.error)}`);
  return EXIT.failed;
}

function reportResources(path: string, { entries, problems }: ParsedFile): ExitCode {
  const all = [...problems, ...entries.flatMap((entry) => entry.problems)];
  for (const problem of all) console.error(describeProblem(problem));
  if (all.length > 0) return EXIT.failed;
  const names = entries.map(({ namespace, name }) => `${namespace}/${name}`);
  console.log(
    names.length > 0 ? `${path}: valid (${names.join(', ')})` : `${path}: holds no script`,
  );
  return names.length > 0 ? EXIT.ok : EXIT.failed;
}
