/** A program of its own whose guest has a tree of nested hosts, and that is killed: `socket code`. It says the guest's id. */
import { createIsolateHost } from '../src/index.ts';

const [socketPath, code] = process.argv.slice(2) as [string, string];
const host = await createIsolateHost({ daemon: { socketPath } });
const nestedHost = { maxTotalResources: 16, maxRuntimes: 12 };
const runtime = await host.createRuntime({ nestedHost });
await runtime.eval(code);
process.stdout.write(`${runtime.id}\n`);
setInterval(() => {}, 1_000);
