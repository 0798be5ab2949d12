import { createClient, type CofferdamApiError } from 'cofferdam/client';

/** What a program in Deno does with the client; its one argument is where the gateway is. */
declare const Deno: { args: string[] };

const client = createClient({ baseUrl: Deno.args[0]! });
const run = await client.execute<number>({ code: 'return input * 2', input: 21 });
const lines: string[] = [];
for await (const event of client.executeStream({ code: 'console.log("a"); return 1' })) {
  lines.push(event.type === 'log' ? event.line.message : event.type);
}
const refusal = await client.runs
  .get('nothing')
  .then(() => undefined)
  .catch(({ code }: CofferdamApiError) => code);
const out = { result: run.success && run.result, lines, refusal };
// eslint-disable-next-line no-console -- how it answers the test
console.log(JSON.stringify(out));
