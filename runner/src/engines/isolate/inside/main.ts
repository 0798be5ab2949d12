import type { Channel, IncomingCall } from '@cofferdam/protocol';
import { inheritedChannel } from '../../../supervisor/inherited-channel.ts';
import { settle } from '../../../supervisor/settle.ts';
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
    expect: (call: IncomingCall) => inside.expect(call.payload as InsideJob),
    figures: () => inside.figures(),
  },
});
settle();
