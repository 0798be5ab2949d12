import { afterEach } from 'vitest';
import { V8Sandbox, type SandboxIsolate, type V8SandboxOptions } from '../src/index.ts';
import { ownDaemon } from './harness.ts';

/** A worker, and what it says. */
export interface TestWorker {
  workers: V8Sandbox;
  worker: SandboxIsolate;
  /** System events so far. */
  told: [event: string, data: unknown][];
  /** The next message of an event that nobody has taken. */
  next(event: string): Promise<unknown>;
  /** The next system event of this name. */
  system(event: 'error' | 'exit' | 'cpu_limit' | 'memory_limit'): Promise<unknown>;
}

/** Sandboxes on a daemon of this test file's own, shut down after each test. */
export function ownSandboxes() {
  const { socketPath, daemonPids, folder } = ownDaemon();
  const made: V8Sandbox[] = [];
  const sandbox = (options: V8SandboxOptions = {}): V8Sandbox => {
    // Generous: a busy machine is no reason to end a worker.
    const workers = new V8Sandbox({ cpuLimitMs: 20_000, daemon: { socketPath }, ...options });
    made.push(workers);
    return workers;
  };
  const open = async (options: V8SandboxOptions = {}): Promise<TestWorker> => {
    const workers = sandbox(options);
    return listenTo(workers, await workers.createIsolate());
  };
  afterEach(async () => {
    await Promise.all(made.splice(0).map((workers) => workers.shutdown()));
  });
  return { open, sandbox, socketPath, daemonPids, folder };
}

export function listenTo(workers: V8Sandbox, worker: SandboxIsolate): TestWorker {
  const told: TestWorker['told'] = [];
  for (const event of ['error', 'cpu_limit', 'memory_limit', 'exit'] as const) {
    worker.onSystem(event, (data) => told.push([event, data]));
  }
  const boxes = new Map<string, Box>();
  return {
    workers,
    worker,
    told,
    next(event) {
      const box = boxes.get(event) ?? new Box();
      if (!boxes.has(event)) worker.on(event, (data) => box.put(data));
      boxes.set(event, box);
      return box.take();
    },
    system(event) {
      const earlier = told.find(([name]) => name === event);
      if (earlier) return Promise.resolve(earlier[1]);
      return new Promise((resolve) => worker.onSystem(event, resolve));
    },
  };
}

/** Values in order, for who asks before or after they are there. */
class Box {
  readonly #values: unknown[] = [];
  readonly #asking: ((value: unknown) => void)[] = [];

  put(value: unknown): void {
    const ask = this.#asking.shift();
    if (ask) ask(value);
    else this.#values.push(value);
  }

  take(): Promise<unknown> {
    if (this.#values.length > 0) return Promise.resolve(this.#values.shift());
    return new Promise((resolve) => this.#asking.push(resolve));
  }
}
