import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';
import type { BrowserClassName } from './classes.ts';
import type { Listeners } from './listeners.ts';

const { setPrototypeOf, TypeError } = primordials;

/** One step of a locator: a method that makes one, and its arguments as JSON text. */
export type Step = readonly [method: string, args: string];

/** What a guest's object stands for. The guest never gets hold of it. */
export interface RemoteState {
  readonly kind: BrowserClassName;
  /** The handle; of a part or a locator that of the page or frame it is in. */
  readonly id: string;
  /** Before the methods of a part: `keyboard.`. */
  readonly prefix: string;
  readonly chain: readonly Step[] | undefined;
  /** What its methods of kind `state` answer. */
  fields: Record<string, unknown>;
  listeners: Listeners | undefined;
  /** Milliseconds that the guest's own waiting takes at most, where it said so. */
  timeout: number | undefined;
  /** Of a context: what relative addresses start from. */
  baseURL: string | undefined;
  /** Its keyboard and the like, once somebody has asked for them. */
  readonly parts: Record<string, object>;
}

export let stateOf: (remote: unknown) => RemoteState;
export let isRemote: (value: object) => boolean;

/** An object of the host's browser, whatever its class: the guest's classes are prototypes only. */
class Remote {
  readonly #state: RemoteState;

  static {
    stateOf = (remote) => {
      if (typeof remote === 'object' && remote !== null && #state in remote) return remote.#state;
      throw new TypeError('Illegal invocation: this is no object of a browser');
    };
    isRemote = (value) => #state in value;
  }

  constructor(state: RemoteState) {
    this.#state = state;
  }
}

const prototypes = record<Record<string, object>>({});

export function definePrototype(kind: BrowserClassName, prototype: object): void {
  prototypes[kind] = prototype;
}

type Given = Pick<RemoteState, 'kind' | 'id'> & Partial<RemoteState>;

export function makeRemote(given: Given): object {
  const { kind, id, prefix = '', chain, fields = record({}), baseURL } = record(given);
  const parts = record({});
  const rest = { listeners: undefined, timeout: undefined, baseURL, parts };
  const state = record<RemoteState>({ kind, id, prefix, chain, fields, ...rest });
  return setPrototypeOf(new Remote(state), prototypes[kind]!) as object;
}
