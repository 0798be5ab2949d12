import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_NAMESPACE, type SandboxScript } from '@cofferdam/protocol';
import { describeProblem, type ParsedFile } from '@cofferdam/operator';
import { readArgs, readJson } from '../args.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { UsageError } from '../usage-error.ts';
import { Client, expectOk, type Answer } from './client.ts';
import { printable } from './printable.ts';
import { inlineRun } from './run-body.ts';
import { readSourceFile } from './source-file.ts';

/** `cofferdam run <file>`: runs it once on a running instance. */
export async function runCommand(args: string[]): Promise<ExitCode> {
  const { values, positionals } = readArgs(
    args,
    { url: { type: 'string' }, input: { type: 'string' } },
    { atLeast: 1, atMost: 1, names: 'one file: cofferdam run <file>' },
  );
  const path = positionals[0]!;
  const input = values.input === undefined ? undefined : readJson(values.input, '--input');
  const source = await readSourceFile(path);
  const client = new Client({ url: values.url });
  if (source.kind === 'resources') {
    return report(await runResource(client, onlyScript(path, source.parsed), input));
  }
  const { code, language } = source;
  return report(await client.post('/execute', { code, language, preset: 'agent', input }));
}

function onlyScript(path: string, { entries, problems }: ParsedFile): SandboxScript {
  const [problem] = [...problems, ...entries.flatMap((entry) => entry.problems)];
  if (problem) throw new UsageError(describeProblem(problem));
  const [entry] = entries;
  if (entry?.resource && entries.length === 1) return entry.resource;
  throw new UsageError(`${path} must hold one script, not ${entries.length}`);
}

/** Where the instance has this very script it runs as that, with what its namespace may reach. */
async function runResource(client: Client, script: SandboxScript, input: unknown): Promise<Answer> {
  const { namespace = DEFAULT_NAMESPACE, name } = script.metadata;
  const address = `/v1/namespaces/${namespace}/scripts/${name}`;
  const known = await client.get(address);
  if (known.status === 200 && isDeepStrictEqual(known.body.spec, script.spec)) {
    return client.post(`${address}/runs`, input === undefined ? {} : { input });
  }
  const run = inlineRun(script, input);
  if (run.path !== '/wasm/run') return client.post(run.path, run.body);
  const { moduleId } = expectOk(await client.post('/wasm/compile', { bytes: run.module }));
  return client.post(run.path, { ...run.body, moduleId });
}

/** The result on standard output, the console on standard error. */
function report({ status, body }: Answer): ExitCode {
  const { success, result, error, logs, runId } = body;
  if (runId === undefined) expectOk({ status: Math.max(status, 400), body });
  for (const { level, message } of Array.isArray(logs) ? logs : []) {
    console.error(printable(`[${level}] ${message}`));
  }
  if (success === true) {
    console.log(printable(JSON.stringify(result, undefined, 2)));
    return EXIT.ok;
  }
  const { type, name, message } = Object(error) as Record<string, unknown>;
  console.error(printable(`${String(type)}: ${String(name)}: ${String(message)}`));
  return EXIT.failed;
}
