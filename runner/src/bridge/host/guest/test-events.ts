import { core, primordials } from '../../../guest/captured.ts';
import { defineInterface, record } from '../../../guest/interface.ts';
import { functionOf } from './values.ts';

const { apply, Map, mapDelete, mapForEach, mapSet } = primordials;

/** Hears of a child's tests: the embedder sends events from the first listener on. */
export class TestEvents {
  readonly #listeners = new Map<object, Function>();
  readonly #listen: (hear: Function) => void;
  #isHeard = false;

  constructor(listen: (hear: Function) => void) {
    this.#listen = listen;
  }

  onEvent(listener: unknown): () => void {
    const key = record({});
    mapSet(this.#listeners, key, functionOf(listener, 'listener'));
    if (!this.#isHeard) this.#listen((event: unknown) => this.#tell(event));
    this.#isHeard = true;
    return () => void mapDelete(this.#listeners, key);
  }

  #tell(event: unknown): void {
    mapForEach(this.#listeners, (listener: Function) => {
      try {
        apply(listener as never, undefined, [event]);
      } catch (error) {
        core.fail(error);
      }
    });
  }
}

defineInterface(TestEvents, 'TestEvents');
