import { BROWSER_CLASSES, isCdpEvent } from '@cofferdam/protocol';
import type { Dialog, Page } from 'playwright-core';
import { classOf } from '../classify.ts';
import type { SessionCore } from '../core.ts';
import { refused } from '../errors.ts';
import { errorInfo } from '../observe.ts';
import type { Call, SpecialCall } from './call.ts';
import type { Subject } from './resolve.ts';

interface Emitter {
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
}

/** What a guest listens to, of each object by the event's name. */
const listening = new WeakMap<object, Map<string, (value: unknown) => void>>();

/** In the turn of the call: what happens from here on is told. */
function listen({ core, subject, args }: Call): void {
  const [event, isOn] = args;
  if (typeof event !== 'string' || !isEvent(subject, event)) {
    throw refused(`There is no event '${String(event).slice(0, 64)}' of a ${subject.className}`);
  }
  const target = subject.target as Emitter;
  const known = listening.get(target) ?? new Map<string, (value: unknown) => void>();
  listening.set(target, known);
  const listener = known.get(event);
  if (isOn === false && listener) {
    target.off(event, listener);
    known.delete(event);
  }
  if (isOn !== true || listener) return;
  const tell = (value: unknown) => deliver(core, { id: subject.id, event, value });
  known.set(event, tell);
  target.on(event, tell);
}

function isEvent({ className }: Subject, event: string): boolean {
  if (className === 'CDPSession') return event.length <= 128 && isCdpEvent(event);
  return BROWSER_CLASSES[className].events.includes(event);
}

interface Happening {
  id: string;
  event: string;
  value: unknown;
}

function deliver(core: SessionCore, { id, event, value }: Happening): void {
  if (core.ended.signal.aborted || !isTold(core, value)) return;
  const { events } = core;
  // What is not kept is counted, and not written.
  const isKept = events.push(id, event, events.isFull ? '' : textOf(core, { event, value }));
  if (event === 'dialog') limitDialog(core, value as Dialog, isKept);
}

/** What cannot be written for the guest happened all the same. */
function textOf(core: SessionCore, { event, value }: Omit<Happening, 'id'>): string | undefined {
  try {
    return core.write(forGuest(event, value)).json;
  } catch {
    return undefined;
  }
}

function forGuest(event: string, value: unknown): unknown {
  if (event === 'pageerror') return errorInfo(value);
  if (event === 'weberror') return errorInfo((value as { error(): unknown }).error());
  // What is closed has no handle any more, and needs none.
  if (event === 'close' || event === 'crash' || typeof value !== 'object' || !value) {
    return undefined;
  }
  return value;
}

/** A page that may not be is none for a guest, and neither is what brought it. */
function isTold(core: SessionCore, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || classOf(value) !== 'Page') return true;
  const page = value as Page;
  return page.isClosed() || core.tracked.addPage(page) !== undefined;
}

const limited = new WeakSet<Dialog>();

/** A page stands still while its dialog waits: for a guest that is told of it, and not for ever. */
function limitDialog(core: SessionCore, dialog: Dialog, isKept: boolean): void {
  if (limited.has(dialog)) return;
  limited.add(dialog);
  const dismiss = () => void dialog.dismiss().catch(() => {});
  if (!isKept) return dismiss();
  const timer = setTimeout(dismiss, core.limits.answerMs);
  timer.unref();
}

export const LISTEN_CALLS: Readonly<Record<string, SpecialCall>> = { '*.$listen': listen };
