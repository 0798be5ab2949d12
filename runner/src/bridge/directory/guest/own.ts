import { primordials } from '../../../guest/captured.ts';
import { hardened, record } from '../../../guest/interface.ts';

const { defineProperty, Promise, promiseThen } = primordials;

const ownThen = record({
  value(this: Promise<unknown>, onValue: never, onError: never): Promise<unknown> {
    return promiseThen(hardened(this), onValue, onError);
  },
  configurable: true,
});

/** A promise that can be awaited past what a guest may have done to promises; no guest is to see it. */
export function own<T>(promise: Promise<T>): Promise<T> {
  return defineProperty(hardened(promise), 'then', ownThen);
}

/** One of those as a promise for a guest. */
export function exposed<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    promiseThen(own(promise), resolve, reject);
  });
}
