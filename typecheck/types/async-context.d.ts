interface AsyncContextVariable<T> {
  readonly name: string;
  get(): T;
  run<Args extends any[], R>(value: T, body: (...args: Args) => R, ...args: Args): R;
}
interface AsyncContextSnapshot {
  run<Args extends any[], R>(body: (...args: Args) => R, ...args: Args): R;
}
declare var AsyncContext: {
  readonly Variable: {
    prototype: AsyncContextVariable<any>;
    new <T>(options: { name?: string; defaultValue: T }): AsyncContextVariable<T>;
    new <T>(options?: { name?: string }): AsyncContextVariable<T | undefined>;
  };
  readonly Snapshot: {
    prototype: AsyncContextSnapshot;
    new (): AsyncContextSnapshot;
    wrap<This, Args extends any[], R>(
      body: (this: This, ...args: Args) => R,
    ): (this: This, ...args: Args) => R;
  };
};

declare module 'node:async_hooks' {
  export class AsyncLocalStorage<T> {
    static bind<F extends (...args: any[]) => any>(body: F): F;
    static snapshot(): <Args extends any[], R>(body: (...args: Args) => R, ...args: Args) => R;
    constructor(options?: { name?: string; defaultValue?: T });
    readonly name: string;
    getStore(): T | undefined;
    run<Args extends any[], R>(store: T, body: (...args: Args) => R, ...args: Args): R;
    exit<Args extends any[], R>(body: (...args: Args) => R, ...args: Args): R;
    enterWith(store: T): void;
    disable(): void;
  }
  export interface AsyncResourceOptions {
    triggerAsyncId?: number;
    requireManualDestroy?: boolean;
  }
  export class AsyncResource {
    static bind<F extends (...args: any[]) => any>(body: F, type?: string, thisArg?: any): F;
    constructor(type: string, options?: number | AsyncResourceOptions);
    bind<F extends (...args: any[]) => any>(body: F, thisArg?: any): F;
    runInAsyncScope<This, Args extends any[], R>(
      body: (this: This, ...args: Args) => R,
      thisArg?: This,
      ...args: Args
    ): R;
    emitDestroy(): this;
    asyncId(): number;
    triggerAsyncId(): number;
  }
  export interface HookCallbacks {
    init?(asyncId: number, type: string, triggerAsyncId: number, resource: any): void;
    before?(asyncId: number): void;
    after?(asyncId: number): void;
    destroy?(asyncId: number): void;
    promiseResolve?(asyncId: number): void;
  }
  export interface AsyncHook {
    enable(): this;
    disable(): this;
  }
  export function createHook(callbacks: HookCallbacks): AsyncHook;
  export function executionAsyncId(): number;
  export function triggerAsyncId(): number;
  export function executionAsyncResource(): any;
  export const asyncWrapProviders: Readonly<Record<string, number>>;
}
declare module 'async_hooks' {
  export * from 'node:async_hooks';
}
