import { readFileSync } from 'node:fs';
import { CofferdamError } from '@cofferdam/protocol';
import ivm from 'isolated-vm';
import { PortPeer, type PeerOptions } from '../src/port/peer.ts';
import type { HostCallContext } from '../src/types.ts';

const GENERATED = new URL('../../runner/generated/guest/', import.meta.url);
const OPEN = `
  const { openRuntime } = $0({ __proto__: null, log: $1, call: $2, callSync: $3, loadGroup: $4 }, $5);
  return openRuntime({ __proto__: null, post: $6, done: $1, console: true, outputBytes: 1e6, features: '[]' }, $7);`;

export interface PairOptions extends Partial<PeerOptions> {
  preset?: string;
  memoryLimit?: number;
  /** Names that the guest's end is told of, where they are not those of `tools`. */
  names?: string[];
  /** Makes the guest's end a global, `port`, as platform code has it. */
  exposed?: boolean;
}

/** What crossed, and what the calls of tools were told. */
export interface Pair extends Disposable {
  readonly peer: PortPeer;
  /** Frames from the guest, and to it. */
  readonly posts: string[];
  readonly deliveries: string[];
  readonly contexts: HostCallContext[];
  /** Tools' calls that are over. */
  readonly disposed: string[];
  /** Why the embedder's end gave the guest up. */
  broken: CofferdamError | undefined;
  /** Runs the body of an async function in the guest; answers what it returns, as plain data. */
  run(body: string): Promise<unknown>;
  /** Runs a script, at most so many milliseconds. */
  script(code: string, timeout?: number): Promise<void>;
  acknowledge(units: number): void;
}

/** Both ends of a port, connected without a stream: the guest's in a real isolate. */
export async function openPair(options: PairOptions = {}): Promise<Pair> {
  const { tools = {}, preset = 'web', memoryLimit = 128 } = options;
  const isolate = new ivm.Isolate({ memoryLimit });
  const context = await isolate.createContext();
  const bootstrap = await isolate.compileScript(source('core'));
  const boot = (await bootstrap.run(context, { reference: true })) as ivm.Reference;
  const pair = {
    posts: [],
    deliveries: [],
    contexts: [],
    disposed: [],
  } as unknown as Mutable<Pair>;
  let isManual = false;
  const onPost = (text: string): void => {
    pair.posts.push(text);
    if (!isManual) sent.applyIgnored(undefined, [text.length]);
    try {
      pair.peer.receive(text);
    } catch (error) {
      pair.broken ??= error as CofferdamError;
      pair.peer.end(error as Error);
    }
  };
  const realm = (await context.evalClosure(
    OPEN,
    [
      boot.derefInto(),
      new ivm.Callback(() => {}, { ignored: true }),
      new ivm.Reference(() => [false, '{"name":"Error","message":"none"}']),
      new ivm.Callback(() => [false, '{"name":"Error","message":"none"}']),
      new ivm.Callback(options.exposed ? exposing : source),
      preset,
      new ivm.Callback(onPost, { ignored: true }),
      JSON.stringify(options.names ?? Object.keys(tools)),
    ],
    { result: { reference: true } },
  )) as ivm.Reference<Record<string, unknown>>;
  const deliver = (await realm.get('deliver', { reference: true })) as ivm.Reference;
  const sent = (await realm.get('sent', { reference: true })) as ivm.Reference;
  const enter: PeerOptions['enter'] = (signal, requestId) => {
    const resourceId = `tool:${pair.contexts.length + 1}`;
    const entered: HostCallContext = { signal, runtimeId: 'r', resourceId, metadata: {} };
    if (requestId !== undefined) entered.requestId = requestId;
    pair.contexts.push(entered);
    return { context: entered, [Symbol.dispose]: () => pair.disposed.push(resourceId) };
  };
  pair.peer = new PortPeer(
    { enter, ...options, tools },
    {
      isFull: false,
      send: (text) => {
        pair.deliveries.push(text);
        if (!isolate.isDisposed) deliver.applyIgnored(undefined, [text]);
      },
    },
  );
  pair.script = async (code, timeout = 10_000) => void (await context.eval(code, { timeout }));
  pair.run = (body) =>
    context.eval(`(async () => { ${body} })()`, { promise: true, copy: true, timeout: 10_000 });
  pair.acknowledge = (units) => {
    isManual = true;
    sent.applyIgnored(undefined, [units]);
  };
  pair[Symbol.dispose] = () => {
    pair.peer.end(new CofferdamError('RUNTIME_ENDED'));
    if (!isolate.isDisposed) isolate.dispose();
  };
  return pair;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const texts = new Map<string, string>();

function source(name: string): string {
  let text = texts.get(name);
  text ??= readFileSync(new URL(`${name}.js`, GENERATED), 'utf8');
  texts.set(name, text);
  return text;
}

function exposing(name: string): string {
  const text = source(name);
  if (name !== 'port') return text;
  return `(function ($core) {
    const { open } = (${text})($core);
    return { open: (options) => (globalThis.port = open(options)) };
  })`;
}
