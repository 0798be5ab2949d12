import type { ValueKind } from '../values/read.ts';
import { plainArguments } from './arguments.ts';
import { invoke, type Call, type SpecialCall } from './call.ts';
import { CDP_CALLS } from './cdp.ts';
import { CONTEXT_CALLS } from './contexts.ts';
import { EVALUATIONS } from './evaluate.ts';
import { FILE_CALLS } from './files.ts';
import { LISTEN_CALLS } from './listen.ts';
import { NAVIGATIONS } from './navigate.ts';
import { OBJECT_CALLS } from './objects.ts';
import type { Subject } from './resolve.ts';
import { ROUTE_CALLS } from './routes.ts';

/** By `Class.method`, or `*.method` for all classes that have it. */
const SPECIAL: Readonly<Record<string, SpecialCall>> = {
  ...CDP_CALLS,
  ...CONTEXT_CALLS,
  ...EVALUATIONS,
  ...FILE_CALLS,
  ...LISTEN_CALLS,
  ...NAVIGATIONS,
  ...OBJECT_CALLS,
  ...ROUTE_CALLS,
};

/** Does what is on the list: what is special of it in its own way, the rest as the guest says. */
export async function run(call: Call): Promise<unknown> {
  const { className, method } = call.subject;
  const special = SPECIAL[`${className}.${method}`] ?? SPECIAL[`*.${method}`];
  if (special) return await special(call);
  return await invoke(call.subject, plainArguments(call.args));
}

const FOR_PAGES: ReadonlySet<ValueKind> = new Set(['pattern', 'object']);
const OTHERS: Readonly<Record<string, ReadonlySet<ValueKind>>> = {
  dragTo: new Set(['locator']),
  screenshot: new Set(['locator']),
  newCDPSession: new Set(['page']),
};
const DATA: ReadonlySet<ValueKind> = new Set();

/** What a method's arguments may be beside plain data. */
export function takenBy({ method }: Subject): ReadonlySet<ValueKind> {
  if (Object.hasOwn(EVALUATIONS, `*.${method}`)) return FOR_PAGES;
  return (Object.hasOwn(OTHERS, method) && OTHERS[method]) || DATA;
}
