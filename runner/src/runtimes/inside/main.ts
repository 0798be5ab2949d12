import { settle, type Channel, type IncomingCall } from '@cofferdam/protocol/base';
import { rehearseBootstraps } from '../../engines/isolate/inside/guest-code.ts';
import { inheritedChannel } from '../../supervisor/inherited-channel.ts';
import { RuntimeIsolates } from './runtime-isolates.ts';

await rehearseBootstraps(['core']);
const runtimes = new RuntimeIsolates((): Channel => channel);
const channel = inheritedChannel({
  maxInFlight: 4096,
  handlers: {
    open: (call: IncomingCall) => runtimes.open(call),
    prefix: (call: IncomingCall) => runtimes.prefixes.add(call),
    dropPrefix: (call: IncomingCall) => runtimes.prefixes.remove(call),
    modules: (call: IncomingCall) => runtimes.addModules(call),
    eval: (call: IncomingCall) => runtimes.evaluate(call),
    end: (call: IncomingCall) => runtimes.end(call),
    figures: () => runtimes.figures(),
    measure: (call: IncomingCall) => runtimes.measure(call),
  },
});
settle();
