/** A program of its own that has a session, and is killed: `socket key code`. It says `ready` when the code has begun. */
import { createIsolateHost } from '../src/index.ts';

const [socketPath, key, code] = process.argv.slice(2) as [string, string, string];
const host = await createIsolateHost({ daemon: { socketPath } });
const session = await host.getNamespacedRuntime(key, {
  bindings: { tools: { ready: () => void process.stdout.write('ready\n') } },
});
await session.eval(code);
process.stdout.write('done\n');
setInterval(() => {}, 1_000);
