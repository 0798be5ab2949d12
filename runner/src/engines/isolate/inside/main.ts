import { settle, type Channel, type IncomingCall } from '@cofferdam/protocol/base';
import { inheritedChannel } from '../../../supervisor/inherited-channel.ts';
import type { InsideJob } from '../messages.ts';
import { rehearseBootstraps } from './guest-code.ts';
import { IsolateProcess } from './isolate-process.ts';

/** One argument: how many spare isolates to keep for each profile. */
const spares = Number(process.argv[2] ?? 2);

await rehearseBootstraps();
const inside = new IsolateProcess({
  sparesPerProfile: spares,
  channel: (): Channel => channel,
});
const channel = inheritedChannel({
  handlers: {
    run: (call: IncomingCall) => inside.run(call),
    cancel: (call: IncomingCall) => inside.cancel((call.payload as { runId: string }).runId),
    expect: (call: IncomingCall) => inside.expect(call.payload as InsideJob),
    figures: () => inside.figures(),
  },
});
settle();
