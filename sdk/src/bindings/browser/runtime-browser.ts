import { BrowserSession } from '@cofferdam/browser';
import type { BrowserHandlerAnswer, BrowserHandlerCall } from '@cofferdam/browser/types';
import { CofferdamError } from '@cofferdam/protocol';
import type { HostCallContext } from '../../types.ts';
import type { BindingScope } from '../scope.ts';
import { browserFiles } from './browser-files.ts';
import { deliverBrowserEvent } from './deliver.ts';
import { listenToHandler } from './session-handlers.ts';
import type { BrowserBindings, FactoryBrowserBindings } from './types.ts';

/**
 * The browser of one guest, with what the host gave for it. What a guest has opened by factories outlives
 * the scope that it is attached to, so that a session has it again with new bindings; `close()` ends it.
 */
export class RuntimeBrowser {
  #scope: BindingScope | undefined;
  #session: BrowserSession | undefined;
  #stopListening: (() => void) | undefined;
  #isClosed = false;

  /** Uses a scope's bindings from here on. */
  attach(scope: BindingScope): void {
    if (this.#scope) this.detach(this.#scope);
    this.#scope = scope;
    const { browser } = scope.bindings;
    if (browser?.handler === undefined) return;
    this.#stopListening = listenToHandler(browser.handler, (event) =>
      deliverBrowserEvent(scope, event),
    );
  }

  /** Uses no bindings until it is attached again; of one that it has no more nothing changes. */
  detach(scope: BindingScope): void {
    if (this.#scope !== scope) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#scope = undefined;
  }

  async call(call: BrowserHandlerCall, context: HostCallContext): Promise<BrowserHandlerAnswer> {
    const { handler } = this.#bindings();
    if (handler) return await handler(call, context);
    this.#session ??= this.#open();
    const { data, ...asked } = call;
    const { answer, bytes } = await this.#session.call(asked, data, context.signal);
    return { ...answer, ...(bytes && { data: bytes }) };
  }

  /** Closes the contexts that factories have made. What a handler has is its owner's. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#scope) this.detach(this.#scope);
    await this.#session?.close();
  }

  #bindings(): BrowserBindings {
    const browser = this.#isClosed ? undefined : this.#scope?.bindings.browser;
    if (browser) return browser;
    throw new CofferdamError('RUNTIME_ENDED', 'the guest has no browser any more');
  }

  /** Each is asked of the bindings of the moment. */
  #factories(): FactoryBrowserBindings {
    const browser = this.#bindings();
    if (browser.handler === undefined) return browser;
    throw new CofferdamError('FORBIDDEN', 'the browser is a handler now');
  }

  #open(): BrowserSession {
    const { createContext, createPersistentContext, createPage, profiles } = this.#factories();
    return new BrowserSession({
      ...(createContext && { createContext: (given) => this.#make('createContext', given) }),
      ...(createPersistentContext && {
        createPersistentContext: (folder, given) =>
          this.#make('createPersistentContext', folder, given),
      }),
      ...(createPage && { createPage: (context) => this.#make('createPage', context) }),
      files: this.#files(),
      ...(profiles && {
        profiles: {
          ...(profiles === true ? {} : profiles),
          sharedBy: this.#scope?.bindings.files,
        },
      }),
      onEvent: (event) => this.#scope && deliverBrowserEvent(this.#scope, event),
    });
  }

  async #make<T>(name: keyof FactoryBrowserBindings, ...args: unknown[]): Promise<T> {
    const factories = this.#factories() as unknown as Record<string, unknown>;
    const make = factories[name];
    if (typeof make !== 'function') throw new CofferdamError('FORBIDDEN', `there is no ${name}()`);
    // What a guest did not say is not given: `newContext(options ?? undefined)`.
    return (await make.apply(factories, args)) as T;
  }

  #files() {
    const sources = () => {
      const scope = this.#scope;
      if (!scope) throw new CofferdamError('RUNTIME_ENDED');
      const { files } = scope.bindings;
      return browserFiles({
        browser: this.#factories(),
        files,
        context: () => scope.context('file'),
      });
    };
    const refused = (what: string) =>
      new CofferdamError('FORBIDDEN', `the host gave no ${what} binding`);
    return {
      readFile: async (path: string) => {
        const { readFile } = sources();
        if (!readFile) throw refused('files.readFile');
        return await readFile(path);
      },
      writeFile: async (path: string, data: Uint8Array) => {
        const { writeFile } = sources();
        if (!writeFile) throw refused('files.writeFile');
        await writeFile(path, data);
      },
      removeFile: async (path: string) => await sources().removeFile?.(path),
    };
  }
}
