import { primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { BrowserClassName } from './classes.ts';
import { makeRemote, stateOf } from './remote.ts';

const { FinalizationRegistry, Map, mapDelete, mapForEach, mapGet, mapSet } = primordials;
const { objectKeys, registryRegister, WeakRef, weakRefDeref } = primordials;

interface Known {
  ref: WeakRef<object>;
  /** Kept for as long as it is open: it may have listeners when nobody refers to it. */
  held: object | undefined;
}

const HELD = record<Record<string, true>>({ Context: true, Page: true, CDPSession: true });

const known = new Map<string, Known>();
/** What an id was of a dead object may be a new one's by then. */
const forgotten = new FinalizationRegistry<string>((id) => {
  const entry = mapGet(known, id) as Known | undefined;
  if (entry && !weakRefDeref(entry.ref)) mapDelete(known, id);
});

/** The object of a handle, which is the same one for as long as anybody has it. */
export function remoteOf(id: string, kind: BrowserClassName, fields: unknown): object {
  const remote = findRemote(id) ?? added(id, kind);
  if (fields) update(remote, fields as Record<string, unknown>);
  return remote;
}

export function findRemote(id: string): object | undefined {
  const entry = mapGet(known, id) as Known | undefined;
  return entry && (weakRefDeref(entry.ref) as object | undefined);
}

function added(id: string, kind: BrowserClassName): object {
  const remote = makeRemote(record({ kind, id }));
  const held = HELD[kind] ? remote : undefined;
  mapSet(known, id, record<Known>({ ref: new WeakRef(remote), held }));
  registryRegister(forgotten, remote, id);
  return remote;
}

/** What is new about it; what else was known stays. */
export function update(remote: object, fields: Record<string, unknown>): void {
  const state = stateOf(remote);
  const isClosing = fields.isClosed === true && state.fields.isClosed !== true;
  const names = objectKeys(fields);
  for (let i = 0; i < names.length; i++) state.fields[names[i]!] = fields[names[i]!];
  if (isClosing) letGo(state.id);
}

let tellClosed: (remote: object) => void = () => {};

/** Who is told of what is closed; set once by the module of listeners. */
export function onClosed(tell: (remote: object) => void): void {
  tellClosed = tell;
}

/** It is closed: nothing more happens in it. */
export function letGo(id: string): void {
  const entry = mapGet(known, id) as Known | undefined;
  const remote = findRemote(id);
  if (!entry || !remote) return;
  entry.held = undefined;
  const { fields, kind } = stateOf(remote);
  if (kind === 'Page') fields.isClosed = true;
  tellClosed(remote);
}

export function heldRemotes(): object[] {
  const held = list<object>();
  mapForEach(known, (entry: Known) => {
    if (entry.held) held[held.length] = entry.held;
  });
  return held;
}
