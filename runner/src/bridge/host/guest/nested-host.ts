import { primordials } from '../../../guest/captured.ts';
import { defineInterface } from '../../../guest/interface.ts';
import { answered, ask, promised } from './ask.ts';
import { sentOptions } from './bindings.ts';
import {
  AppServer,
  NamespacedRuntime,
  ScriptRuntime,
  TestRuntime,
  type Opened,
} from './handles.ts';
import { listOf, objectOf } from './values.ts';

const { Error, objectKeys, rejectedPromise, TypeError } = primordials;

let lastHost = 0;

/** A host within the guest: its children are the embedder's, who opens them under the guest's policy. */
class IsolateHost {
  readonly #host = ++lastHost;
  #isClosed = false;

  createRuntime(options: unknown = undefined): Promise<ScriptRuntime> {
    return this.#open('createRuntime', options, (opened) => new ScriptRuntime(opened));
  }

  createTestRuntime(options: unknown = undefined): Promise<TestRuntime> {
    return this.#open('createTestRuntime', options, (opened) => new TestRuntime(opened));
  }

  createAppServer(options: unknown): Promise<AppServer> {
    return this.#open('createAppServer', options, (opened) => new AppServer(opened));
  }

  getNamespacedRuntime(key: unknown, options: unknown = undefined): Promise<NamespacedRuntime> {
    const make = (opened: Opened) => new NamespacedRuntime(opened);
    return this.#ask(() =>
      answered(ask('getNamespacedRuntime', listOf(this.#host, key, sentOptions(options))), make),
    );
  }

  disposeNamespace(key: unknown, options: unknown = undefined): Promise<void> {
    return this.#ask(() => ask('disposeNamespace', listOf(this.#host, key, options)));
  }

  diagnostics(): Promise<object> {
    return this.#ask(() => ask('hostDiagnostics', listOf(this.#host)));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return promised(() => ask('close', listOf(this.#host)));
  }

  #open<T>(method: string, options: unknown, make: (opened: Opened) => T): Promise<T> {
    return this.#ask(() => answered(ask(method, listOf(this.#host, sentOptions(options))), make));
  }

  #ask<T>(run: () => unknown): Promise<T> {
    return this.#isClosed ? rejectedPromise(new Error('the host is closed')) : promised(run);
  }
}

defineInterface(IsolateHost, 'IsolateHost');

const made = {
  createIsolateHost(options: unknown = undefined): IsolateHost {
    if (options !== undefined && objectKeys(objectOf(options, 'the options')).length > 0) {
      throw new TypeError('a nested host takes no options: it is on the connection of its parent');
    }
    return new IsolateHost();
  },
};
/** Makes a host whose children belong to this guest. */
export const { createIsolateHost } = made;
