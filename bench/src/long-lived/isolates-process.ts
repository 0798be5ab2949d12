import ivm from 'isolated-vm';

/** The reference of sessions' memory: as many bare isolates as the argument says, each with a context. */
const kept: unknown[] = [];
for (let count = Number(process.argv[2]); count > 0; count--) {
  const isolate = new ivm.Isolate({ memoryLimit: 128 });
  // eslint-disable-next-line no-await-in-loop -- one after the other, as sessions are made
  const context = await isolate.createContext();
  // eslint-disable-next-line no-await-in-loop
  await context.eval('globalThis.seen = 1');
  kept.push(context);
}
process.stdout.write('ready\n');
setInterval(() => kept.length, 60_000);
