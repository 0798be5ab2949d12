/** WebSockets that are open at once, and messages that each has on their way. */
export const CONNECTIONS = 8;
export const WINDOW = 8;
export const MESSAGE = 'a message of sixty-four characters, which comes back as it is...';

/** Connections whose other end sends back what comes. */
export interface EchoPeer {
  readonly echoes: Echoes;
  /** Sends `MESSAGE`. */
  send(connection: number): void;
  close(): Promise<void>;
}

/** What comes back, and what goes wrong. */
export class Echoes {
  /** Told of each message that has come back. */
  onEcho: (connection: number) => void = () => {};
  /** Never resolves; rejects when a connection breaks or a message is another one. */
  readonly broken: Promise<never>;
  readonly fail: (error: unknown) => void;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.broken = promise;
    this.fail = reject;
  }

  came(connection: number, text: string): void {
    if (text === MESSAGE) this.onEcho(connection);
    else this.fail(new Error(`an echo of ${text.slice(0, 100)}`));
  }
}

/** Messages that come back each second, with `WINDOW` on their way on each connection. */
export function echoRate({ echoes, send }: EchoPeer, seconds: number): Promise<number> {
  const rate = new Promise<number>((resolve) => {
    const began = performance.now();
    const until = began + seconds * 1_000;
    let underWay = CONNECTIONS * WINDOW;
    let echoed = 0;
    echoes.onEcho = (connection) => {
      echoed++;
      if (performance.now() < until) return send(connection);
      if (--underWay === 0) resolve(echoed / ((performance.now() - began) / 1_000));
    };
    for (let index = 0; index < CONNECTIONS * WINDOW; index++) send(index % CONNECTIONS);
  });
  return Promise.race([rate, echoes.broken]);
}

/** How long one message takes there and back, in milliseconds. */
export async function echoTimes({ echoes, send }: EchoPeer, count: number): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index++) {
    const { promise, resolve } = Promise.withResolvers<void>();
    echoes.onEcho = () => resolve();
    const began = performance.now();
    send(0);
    // eslint-disable-next-line no-await-in-loop -- one after the other
    await Promise.race([promise, echoes.broken]);
    samples.push(performance.now() - began);
  }
  return samples;
}
