import { createClient, CofferdamApiError } from 'cofferdam/client';

/** What a page does with the client; it tells its own server how that went. */
declare const location: { search: string };

async function outcome(): Promise<unknown> {
  const query = new URLSearchParams(location.search);
  const client = createClient({ baseUrl: query.get('gateway')!, token: query.get('token')! });
  try {
    const run = await client.execute<number>({ code: 'return input * 2', input: 21 });
    const lines: string[] = [];
    for await (const event of client.executeStream({ code: 'console.log("a"); return 1' })) {
      lines.push(event.type === 'log' ? event.line.message : event.type);
    }
    const refusal: unknown = await client.runs.get('nothing').catch((error: unknown) => error);
    const { code, requestId } = refusal as CofferdamApiError;
    return { result: run.success && run.result, lines, code, isNamed: requestId !== undefined };
  } catch (error) {
    return { code: error instanceof CofferdamApiError ? error.code : String(error) };
  }
}

await fetch('/outcome', { method: 'POST', body: JSON.stringify(await outcome()) });
