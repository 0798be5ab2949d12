import { readFile } from 'node:fs/promises';
import { createIsolateHost } from 'cofferdam';

/** A program that runs the tests of a file: its socket and the file are its arguments. */
const [socketPath, file] = process.argv.slice(2) as [string, string];
const host = await createIsolateHost({ daemon: { socketPath } });
const runtime = await host.createTestRuntime();
const { success } = await runtime.run(await readFile(file, 'utf8'));
await runtime.dispose();
await host.close();
process.exitCode = success ? 0 : 1;
