import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to the API server that fails as networks fail. */
export interface TcpProxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Ends every connection, and refuses new ones until `heal()`. */
  cut(): void;
  /** From now on nothing crosses the connections that are open, and they stay open: a half-open peer. */
  freeze(): void;
  /** New connections are frozen too until `heal()`. */
  freezeAll(): void;
  heal(): void;
  close(): Promise<void>;
}

type Fate = 'forward' | 'cut' | 'freeze';

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<[Socket, Socket]>();
  let fate: Fate = 'forward';
  const server = createServer((inner) => {
    if (fate === 'cut') return inner.resetAndDestroy();
    const outer = connect(targetPort, '127.0.0.1');
    const pair: [Socket, Socket] = [inner, outer];
    pairs.add(pair);
    for (const [one, other] of [pair, [outer, inner] as const]) {
      one.on('error', () => {});
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
    inner.pipe(outer).pipe(inner);
    if (fate === 'freeze') stop(pair);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const freeze = () => pairs.forEach(stop);
  const cut = () => pairs.forEach(([inner]) => inner.resetAndDestroy());
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return pairs.size;
    },
    cut() {
      fate = 'cut';
      cut();
    },
    freeze,
    freezeAll() {
      fate = 'freeze';
      freeze();
    },
    heal() {
      fate = 'forward';
    },
    async close() {
      cut();
      await once(server.close(), 'close');
    },
  };
}

function stop([inner, outer]: [Socket, Socket]): void {
  inner.unpipe(outer).pause();
  outer.unpipe(inner).pause();
}
