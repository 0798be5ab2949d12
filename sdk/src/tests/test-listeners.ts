import { checker, TestEventSchema } from '@cofferdam/protocol';
import { aFunction } from '../options/check.ts';
import { notify } from '../port/notify.ts';
import type { TestEvent, TestEvents } from './types.ts';

const check = checker(TestEventSchema);

/** Those who hear of a runtime's tests. */
export class TestListeners implements TestEvents {
  readonly #listeners = new Map<symbol, (event: TestEvent) => void>();

  onEvent(listener: (event: TestEvent) => void): () => void {
    const heard = aFunction(listener, 'listener') as typeof listener;
    const key = Symbol('listener');
    this.#listeners.set(key, heard);
    return () => void this.#listeners.delete(key);
  }

  /** Takes what the guest posts on its port: what is no event of tests is nobody's. */
  take(name: string, value: unknown): void {
    if (name !== 'test' || this.#listeners.size === 0) return;
    const checked = check(value);
    if (!checked.ok) return;
    for (const listener of [...this.#listeners.values()]) {
      notify('A listener of test events', () => listener(checked.value));
    }
  }
}
