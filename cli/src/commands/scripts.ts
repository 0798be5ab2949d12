import type { ScriptView } from '@cofferdam/operator';
import { readArgs } from '../args.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { renderTable } from '../screen/table.ts';
import { Client, expectOk } from './client.ts';

/** `cofferdam scripts`: what a running instance has. */
export async function scriptsCommand(args: string[]): Promise<ExitCode> {
  const { values } = readArgs(
    args,
    { url: { type: 'string' }, json: { type: 'boolean' } },
    { atMost: 0, names: 'no arguments: cofferdam scripts' },
  );
  const answer = expectOk(await new Client({ url: values.url }).get('/v1/scripts'));
  if (values.json) {
    console.log(JSON.stringify(answer, undefined, 2));
    return EXIT.ok;
  }
  const views = (Array.isArray(answer.scripts) ? answer.scripts : []) as ScriptView[];
  const { columns = 160, isTTY } = process.stdout;
  const options = { now: Date.now(), columns, color: isTTY && process.stdout.hasColors() };
  for (const line of renderTable(views, options)) console.log(line);
  return EXIT.ok;
}
