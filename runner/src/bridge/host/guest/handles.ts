import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, hardened, list, record } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import { answered, ask, promised } from './ask.ts';
import { receivedResult, sentRequest } from './http.ts';
import { TestEvents } from './test-events.ts';
import { copyOf, listOf, objectOf } from './values.ts';

const { promiseThen } = primordials;

type AbortSignal = InstanceType<AbortGroup['AbortSignal']>;

/** What the embedder says of a child that it has opened. */
export interface Opened {
  child: number;
  id: string;
  key: string;
  created: boolean;
}

let childOf: (handle: Child) => number;

function askChild(handle: Child, method: string, first?: unknown, second?: unknown): Promise<any> {
  const child = childOf(handle);
  return promised(() => ask(method, listOf(child, first, second)));
}

/** Test events are best effort, and so is listening to a child that is over. */
function listenTo(handle: Child): TestEvents {
  const nothing = () => {};
  return new TestEvents((hear) => {
    promiseThen(hardened(askChild(handle, 'listen', hear)), nothing, nothing);
  });
}

/** A child of any style. */
class Child {
  readonly #child: number;

  static {
    childOf = (handle) => handle.#child;
  }

  constructor({ child }: Opened) {
    this.#child = child;
  }

  dispose(options: unknown = undefined): Promise<void> {
    return askChild(this, 'dispose', options);
  }

  diagnostics(): Promise<object> {
    return askChild(this, 'diagnostics');
  }
}

export class ScriptRuntime extends Child {
  readonly #id: string;

  constructor(opened: Opened) {
    super(opened);
    this.#id = opened.id;
  }

  get id(): string {
    return this.#id;
  }

  eval(code: unknown, options: unknown = undefined): Promise<unknown> {
    return askChild(this, 'eval', code, options);
  }
}

export class TestRuntime extends Child {
  readonly #id: string;
  readonly #test: TestEvents;

  constructor(opened: Opened) {
    super(opened);
    this.#id = opened.id;
    this.#test = listenTo(this);
  }

  get id(): string {
    return this.#id;
  }
  get test(): TestEvents {
    return this.#test;
  }

  run(code: unknown, options: unknown = undefined): Promise<object> {
    return askChild(this, 'runTests', code, options);
  }
}

export class NamespacedRuntime extends ScriptRuntime {
  readonly #opened: Opened;
  readonly #test: TestEvents;

  constructor(opened: Opened) {
    super(opened);
    this.#opened = opened;
    this.#test = listenTo(this);
  }

  get key(): string {
    return this.#opened.key;
  }
  get created(): boolean {
    return this.#opened.created;
  }
  get test(): TestEvents {
    return this.#test;
  }

  runTests(code: unknown, options: unknown = undefined): Promise<object> {
    return askChild(this, 'runTests', code, options);
  }
}

/** What the clients of a nested server's connections do. */
class AppServerSockets {
  readonly #server: Child;

  constructor(server: Child) {
    this.#server = server;
  }

  open(connectionId: unknown): Promise<void> {
    return askChild(this.#server, 'socket', 'open', listOf(connectionId));
  }
  message(connectionId: unknown, data: unknown): Promise<void> {
    return askChild(this.#server, 'socket', 'message', listOf(connectionId, data));
  }
  close(connectionId: unknown, code?: unknown, reason?: unknown): Promise<void> {
    return askChild(this.#server, 'socket', 'close', listOf(connectionId, code, reason));
  }
  error(connectionId: unknown, error: unknown): Promise<void> {
    return askChild(this.#server, 'socket', 'error', listOf(connectionId, error));
  }
}

export class AppServer extends Child {
  readonly #key: string;
  readonly #ws: AppServerSockets;

  constructor(opened: Opened) {
    super(opened);
    this.#key = opened.key;
    this.#ws = new AppServerSockets(this);
  }

  get key(): string {
    return this.#key;
  }
  get ws(): AppServerSockets {
    return this.#ws;
  }

  handle(request: unknown, options: unknown = undefined): Promise<object> {
    return promised(() => {
      const sent = sentRequest(request);
      const fields = options === undefined ? record({}) : copyOf(objectOf(options, 'the options'));
      joinSignals(fields, sent.signal);
      return answered(askChild(this, 'handle', sent.request, fields), receivedResult);
    });
  }

  reload(reason: unknown = undefined): Promise<void> {
    return askChild(this, 'reload', reason);
  }
}

/** A request is given up by its own signal, and by the one beside it. */
function joinSignals(options: { signal?: unknown }, own: AbortSignal | undefined): void {
  const { signal } = options;
  const { dependentOf, isSignal } = core.use<AbortGroup>('abort');
  // What is no signal is the embedder's to refuse.
  if (!own || (signal !== undefined && !isSignal(signal))) return;
  const signals = list<AbortSignal>();
  signals[0] = own;
  if (signal !== undefined) signals[1] = signal as AbortSignal;
  options.signal = dependentOf(signals);
}

defineInterface(Child, 'Child');
defineInterface(ScriptRuntime, 'ScriptRuntime');
defineInterface(TestRuntime, 'TestRuntime');
defineInterface(NamespacedRuntime, 'NamespacedRuntime');
defineInterface(AppServerSockets, 'AppServerSockets');
defineInterface(AppServer, 'AppServer');
