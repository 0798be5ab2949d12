import { describe, expect, it } from 'vitest';
import { BROWSER_CLASSES, type BrowserClassName } from '@cofferdam/protocol';
import { declaredInterfaces } from './declarations/declared.ts';

/** Said between the guest's library and the host. */
const INTERNAL = new Set(['$body', '$events', '$listen', '$route', '$unroute']);
const DISPOSED = 'Symbol(Symbol.asyncDispose)';
/** What `await using` can hold. */
const DISPOSABLE = new Set(['CDPSession', 'Context', 'ElementHandle', 'JSHandle', 'Page']);
const NAMES: Partial<Record<BrowserClassName, string>> = { Browser: 'Browser' };

const classes = Object.keys(BROWSER_CLASSES) as BrowserClassName[];
const nameOf = (kind: BrowserClassName) => NAMES[kind] ?? `Browser${kind}`;

describe('the declarations of a browser', () => {
  const declared = declaredInterfaces('browser', classes.map(nameOf));

  it.each(classes)('have the members of a %s, and no others', (kind) => {
    const { methods, parts = {} } = BROWSER_CLASSES[kind];
    const names = Object.keys(methods).filter((name) => !INTERNAL.has(name));
    const members = [...names, ...Object.keys(parts), ...(DISPOSABLE.has(kind) ? [DISPOSED] : [])];
    expect(declared.get(nameOf(kind))!.toSorted()).toEqual(members.toSorted());
  });

  it('have the events of contexts and pages', () => {
    const names = ['BrowserContextEvents', 'BrowserPageEvents'];
    const events = declaredInterfaces('browser', names);
    expect(events.get('BrowserContextEvents')!.toSorted()).toEqual(
      BROWSER_CLASSES.Context.events.toSorted(),
    );
    expect(events.get('BrowserPageEvents')!.toSorted()).toEqual(
      BROWSER_CLASSES.Page.events.toSorted(),
    );
  });
});
