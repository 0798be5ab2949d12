import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import { Channel, type ChannelOptions } from '@cofferdam/protocol/base';

/** The child's end of the frames on file descriptor 3. The process ends with its parent. */
export function inheritedChannel(options: ChannelOptions): Channel {
  const channel = new Channel(new Socket({ fd: 3, readable: true, writable: true }), options);
  // `exit` waits for the threads of isolates, and for ever where one of them waits for this thread.
  void channel.closed.then(() => {
    flushCompileCache();
    process.kill(process.pid, 'SIGKILL');
  });
  return channel;
}
