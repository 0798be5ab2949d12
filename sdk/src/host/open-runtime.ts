import {
  CofferdamError,
  LASTING,
  parser,
  RUNTIME_METHODS,
  RuntimeEndSchema,
  RuntimeOpenedSchema,
  type RuntimeEnd,
  type RuntimeOpened,
  type RuntimeSpec,
} from '@cofferdam/protocol';
import { BindingScope } from '../bindings/scope.ts';
import type { Connection } from '../connection/connection.ts';
import type { RuntimeOptions } from '../options/runtime-options.ts';
import type { NestedHosts } from '../nested/nested-hosts.ts';
import type { Namespace } from '../sessions/namespace.ts';
import type { ScriptRuntime, ToolHandler } from '../types.ts';
import { endError } from './outcome.ts';
import { Runtime } from './runtime.ts';

/** A daemon that is busy with many may take seconds to start a process. */
const OPEN_WITHIN_MS = 60_000;
/** How long a keeper may take to say that it heard of a runtime's end. */
const TAKEN_WITHIN_MS = 2_000;

export interface OpenContext {
  connection: Connection;
  /** Where the runtime's bindings are found while it is open. */
  scopes: Map<string, BindingScope>;
  /** Those that are open. */
  runtimes: Set<ScriptRuntime>;
  /** Gives guests their nested hosts. Default: they have none. */
  nested?: Pick<NestedHosts, 'begin'>;
  /** Ends the runtime, also while it is being opened. */
  signal?: AbortSignal;
  /** A runtime that was opened is over. */
  over?(): void;
}

const readOpened = parser(RuntimeOpenedSchema, 'PROTOCOL_VIOLATION');
const readEnd = parser(RuntimeEndSchema, 'PROTOCOL_VIOLATION');

/** What is told of a runtime beside what its bindings are. */
export interface RuntimeHooks {
  /** Of a session: what of it stays in this process. */
  namespace?: Namespace;
  /** What answers `call`s on the port, instead of the bindings' tools. */
  tools?: Readonly<Record<string, ToolHandler>>;
  onPost?(event: string, value: unknown): void;
  /** It has ended, by itself or with its connection. */
  onEnd?(end: RuntimeEnd | CofferdamError): void;
}

/** How a handle ends that its holder closes. */
export interface Closing {
  runtimeId: string;
  /** The guest has to end. One of a session would live on otherwise. */
  isHard: boolean;
  reason: string;
}

/** The call by which a runtime is come by. */
export interface Opening {
  method: string;
  payload: unknown;
  /** Both throw for what no keeper says. */
  opened(event: unknown): RuntimeOpened;
  ended(answer: unknown): RuntimeEnd;
  /** Ends the handle; settles when the keeper has heard of it, or does not say so in time. */
  close(how: Closing): Promise<void>;
  /** The handle is over. */
  over?(): void;
}

export interface OpenOptions extends RuntimeOptions {
  hooks?: RuntimeHooks;
  /** Default: a runtime of its own. */
  opening?: Opening;
}

/** Opens a runtime: one call, which lasts as long as its handle does. */
export async function openRuntime(
  { spec, bindings, nestedHost, hooks = {}, opening }: OpenOptions,
  { connection, scopes, runtimes, nested, signal, over }: OpenContext,
): Promise<Runtime> {
  const cancel = new AbortController();
  if (signal?.aborted) throw signal.reason;
  const way = opening ?? ownRuntime(spec, connection, () => cancel.abort());
  const opened = Promise.withResolvers<Runtime>();
  let runtime: Runtime | undefined;
  const giveUp = () => void (runtime ? runtime.dispose({ hard: true }) : cancel.abort());
  signal?.addEventListener('abort', giveUp, { once: true });
  const call = connection.channel.call(way.method, way.payload, {
    deadlineMs: LASTING,
    signal: cancel.signal,
    onEvent: (event) => {
      if (runtime) throw new CofferdamError('PROTOCOL_VIOLATION', 'a runtime opened twice');
      const { runtimeId } = way.opened(event);
      const report = (error: unknown) => made.noteError(error);
      const scope = new BindingScope(runtimeId, bindings, report, hooks.namespace);
      scopes.set(runtimeId, scope);
      const made: Runtime = new Runtime({
        connection,
        scope,
        hooks,
        port: call,
        evalTimeMs: spec.evalTimeMs,
        nested: nestedHost && nested?.begin(nestedHost, scope),
        close: (isHard, reason) => way.close({ runtimeId, isHard, reason }),
        onEnd: () => {
          scopes.delete(runtimeId);
          runtimes.delete(made);
          way.over?.();
          over?.();
        },
      });
      runtimes.add(made);
      runtime = made;
      opened.resolve(made);
    },
  });
  call.reply
    .then((answer) => way.ended(answer))
    .then(
      (end) => {
        const error = endError(end);
        runtime?.endedBy(error);
        hooks.onEnd?.(end);
        opened.reject(error);
      },
      (error: unknown) => {
        runtime?.endedBy(CofferdamError.from(error));
        hooks.onEnd?.(CofferdamError.from(error));
        opened.reject(error);
      },
    );
  return await inTime(opened.promise, connection, () => cancel.abort());
}

function ownRuntime(spec: RuntimeSpec, { channel }: Connection, cancel: () => void): Opening {
  return {
    method: RUNTIME_METHODS.open,
    payload: spec,
    opened: readOpened,
    ended: readEnd,
    close: async () => {
      cancel();
      // Answered after the cancel was taken; of a connection that has ended nothing is left to end.
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, TAKEN_WITHIN_MS);
      await Promise.race([channel.ping().catch(() => {}), late.promise]);
      clearTimeout(timer);
    },
  };
}

async function inTime<T>(
  opened: Promise<T>,
  connection: Connection,
  giveUp: () => void,
): Promise<T> {
  const release = connection.hold();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    giveUp();
  }, OPEN_WITHIN_MS);
  try {
    return await opened;
  } catch (error) {
    if (!late) throw error;
    throw new CofferdamError(
      'DEADLINE_EXCEEDED',
      `${connection.description} opened no runtime in time`,
    );
  } finally {
    clearTimeout(timer);
    release();
  }
}
