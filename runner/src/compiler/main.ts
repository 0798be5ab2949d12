import { settle, type IncomingCall } from '@cofferdam/protocol/base';
import { inheritedChannel } from '../supervisor/inherited-channel.ts';
import { compile, type CompileInput } from './compile.ts';
import { serveModule } from './module-service.ts';

// The parent is the only caller, and this process is as hostile as what it parses: no checks here.
inheritedChannel({
  handlers: {
    compile: (call: IncomingCall) => compile(call.payload as CompileInput),
    compileModule: (call: IncomingCall) => serveModule(call),
  },
});
settle();
