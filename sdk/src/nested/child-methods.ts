import { CofferdamError } from '@cofferdam/protocol';
import { readDisposeOptions } from '../options/eval-options.ts';
import { aSignal, anObject, oneOf } from '../options/check.ts';
import type { AppServer, AppServerSockets } from '../server/types.ts';
import type { DisposeOptions, EvalOptions, ToolHandler } from '../types.ts';
import { aListener, timedOptions } from './child-options.ts';
import type { Child, Children, Handle } from './children.ts';
import { guestListener } from './guest-call.ts';
import { guestResult, readGuestRequest } from './http.ts';
import type { Policy } from './policy.ts';

type Open = Child & { handle: Handle };
type Method = (child: Open, first?: unknown, second?: unknown) => Promise<unknown>;

const socketMethod = oneOf('open', 'message', 'close', 'error');

/** What a guest may ask of its children: each has the child's number first. */
export function childMethods({
  children,
  policy,
}: {
  children: Children;
  policy: Policy;
}): Record<string, ToolHandler> {
  const methods: Record<string, Method> = {
    eval: async (child, code, given) => {
      const options = timedOptions(given, 'executionTimeout', policy);
      return await busy(child, () => evaluate(child, code, options));
    },
    runTests: async (child, code, given) => {
      const options = timedOptions(given, 'timeoutMs', policy);
      return await busy(child, () => runTests(child, code, options));
    },
    listen: async (child, listener) => listen(child, listener),
    handle: async (child, request, options) => await handle(server(child), request, options),
    socket: async (child, method, args) => await socket(server(child).ws, method, args),
    reload: async (child, reason) => await reload(child, reason),
    diagnostics: async ({ handle: of, parts }) => ({
      ...(await of.diagnostics()),
      ...(parts.style === 'server' && { key: parts.key }),
    }),
    dispose: async (child, options) => await disposeChild(child, readDisposeOptions(options)),
  };
  const checked = Object.entries(methods).map(([name, run]): [string, ToolHandler] => [
    name,
    // eslint-disable-next-line max-params -- what the message has
    (id: unknown, first: unknown, second: unknown) => run(children.get(id), first, second),
  ]);
  return Object.fromEntries(checked);
}

/** Ends a child, or gives it back. */
export async function disposeChild(child: Child, options: DisposeOptions): Promise<void> {
  const { handle: open, parts, evals } = child;
  if (parts.style === 'session' && !child.isOver) {
    // Half an eval is nothing that anybody could go on with: the session ends too.
    child.isReleased = !options.hard && evals === 0;
  }
  await open?.dispose(options);
  child.end();
}

async function busy(child: Open, run: () => Promise<unknown>): Promise<unknown> {
  child.evals++;
  try {
    return await run();
  } finally {
    child.evals--;
  }
}

async function evaluate({ handle: of }: Open, code: unknown, options: unknown): Promise<unknown> {
  if ('eval' in of) return await of.eval(code as string, options as EvalOptions);
  throw noSuch('eval');
}

async function runTests({ handle: of }: Open, code: unknown, options: unknown): Promise<unknown> {
  if ('run' in of) return await of.run(code as string, options as object);
  if ('runTests' in of) return await of.runTests(code as string, options as object);
  throw noSuch('runTests');
}

function listen({ handle: of }: Open, given: unknown): void {
  if (!('test' in of)) throw noSuch('listen');
  of.test.onEvent(guestListener(aListener(given, 'listener')));
}

function server({ handle: of }: Open): AppServer {
  if ('handle' in of) return of;
  throw noSuch('handle');
}

async function handle(of: AppServer, request: unknown, given: unknown): Promise<object> {
  const options = given === undefined ? {} : anObject(given, '');
  const signal = options.signal === undefined ? undefined : aSignal(options.signal, 'signal');
  return guestResult(await of.handle(readGuestRequest(request, signal), options));
}

async function socket(ws: AppServerSockets, method: unknown, given: unknown): Promise<void> {
  const name = socketMethod(method, 'method');
  const args: unknown[] = Array.isArray(given) ? given : [];
  await (ws[name] as (...args: unknown[]) => Promise<void>)(...args.slice(0, 3));
}

/** One after the other, and none while an earlier one's runtime still answers: it would be one more. */
async function reload(child: Open, reason: unknown): Promise<void> {
  const of = server(child);
  const text = typeof reason === 'string' ? reason.slice(0, 1_024) : undefined;
  const reloaded = (child.reloading ?? Promise.resolve()).then(async () => {
    const { draining } = await of.diagnostics();
    if (draining > 0) {
      const message = 'the server still answers what it was asked before its last reload';
      throw new CofferdamError('QUOTA_EXCEEDED', message);
    }
    await of.reload(text);
  });
  child.reloading = reloaded.catch(() => {});
  await reloaded;
}

function noSuch(method: string): CofferdamError {
  return new CofferdamError('INVALID_INPUT', `such a runtime has no ${method}`);
}
