import { settle, type Channel, type IncomingCall } from '@cofferdam/protocol/base';
import { rehearseBootstraps } from '../../engines/isolate/inside/guest-code.ts';
import { inheritedChannel } from '../../supervisor/inherited-channel.ts';
import { RuntimeIsolates } from './runtime-isolates.ts';

/** Eight runtimes, each with 1,024 requests and as many connections, and what else is asked. */
const MAX_CALLS = 20_480;

await rehearseBootstraps(['core']);
const runtimes = new RuntimeIsolates((): Channel => channel);
const channel = inheritedChannel({
  maxInFlight: MAX_CALLS,
  handlers: {
    open: (call: IncomingCall) => runtimes.open(call),
    attach: (call: IncomingCall) => runtimes.attach(call),
    detach: (call: IncomingCall) => runtimes.detach(call),
    prefix: (call: IncomingCall) => runtimes.prefixes.add(call),
    dropPrefix: (call: IncomingCall) => runtimes.prefixes.remove(call),
    modules: (call: IncomingCall) => runtimes.addModules(call),
    eval: (call: IncomingCall) => runtimes.evaluate(call),
    request: (call: IncomingCall) => runtimes.serve(call, 'request'),
    webSocket: (call: IncomingCall) => runtimes.serve(call, 'webSocket'),
    end: (call: IncomingCall) => runtimes.end(call),
    figures: () => runtimes.figures(),
    measure: (call: IncomingCall) => runtimes.measure(call),
  },
});
settle();
