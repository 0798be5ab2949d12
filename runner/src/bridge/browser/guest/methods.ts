import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import { ask } from './ask.ts';
import { CLASSES, type BrowserClassName } from './classes.ts';
import { encodeArgs } from './encoder.ts';
import { makeRemote, stateOf, type RemoteState, type Step } from './remote.ts';

const { apply, defineProperty, TypeError } = primordials;

export type Method = (this: object, ...args: any[]) => unknown;
type MethodKind = 'call' | 'locator' | 'state';

/** As the host takes them. */
const MAX_STEPS = 32;

/** Those of a locator's steps that make no `Locator`. */
const FRAME_LOCATORS = record<Record<string, true>>({ frameLocator: true, contentFrame: true });
/** Those that keep the class of what they are a step of. */
const PICKS = record<Record<string, true>>({ first: true, last: true, nth: true });

/** What a class has by the list alone, without code of its own. */
export function listedMethod(kind: MethodKind, name: string): Method {
  return MAKERS[kind](name);
}

const MAKERS: Record<MethodKind, (name: string) => Method> = record({
  call: (name: string) =>
    named(name, function (...args) {
      return ask(stateOf(this), name, args);
    }),
  locator: (name: string) =>
    named(name, function (...args) {
      return located(stateOf(this), name, args);
    }),
  state: (name: string) =>
    named(name, function () {
      return stateOf(this).fields[name];
    }),
});

/** Without a prototype, as methods are. */
export function named(name: string, method: Method): Method {
  const holder = {
    method(this: object, ...args: unknown[]): unknown {
      return apply(method, this, args);
    },
  };
  return defineProperty(holder.method, 'name', record({ value: name, configurable: true }));
}

/** One step further from a page, frame or locator. */
export function located(state: RemoteState, name: string, args: readonly unknown[]): object {
  const { text, bytes } = encodeArgs(args);
  if (bytes) throw new TypeError('A locator is found by no bytes');
  const chain = list<Step>();
  const before = state.chain ?? chain;
  if (before.length >= MAX_STEPS) throw new TypeError(`A locator has at most ${MAX_STEPS} steps`);
  for (let i = 0; i < before.length; i++) chain[i] = before[i]!;
  const step = list<string>();
  step[0] = name;
  step[1] = text;
  chain[chain.length] = step as unknown as Step;
  return makeRemote(record({ kind: kindOf(state.kind, name), id: state.id, chain }));
}

function kindOf(before: BrowserClassName, name: string): BrowserClassName {
  if (FRAME_LOCATORS[name]) return 'FrameLocator';
  return PICKS[name] && before === 'FrameLocator' ? 'FrameLocator' : 'Locator';
}

/** The keyboard, mouse, … of a page: one object for as long as the page's is. */
export function partOf(state: RemoteState, name: string): object {
  const known = state.parts[name];
  if (known) return known;
  const kind = CLASSES[state.kind].parts![name]!;
  const part = makeRemote(record({ kind, id: state.id, prefix: `${name}.` }));
  state.parts[name] = part;
  return part;
}
