import {
  CofferdamError,
  LASTING,
  parser,
  RUNTIME_METHODS,
  RuntimeEndSchema,
  RuntimeOpenedSchema,
  type RuntimeEnd,
} from '@cofferdam/protocol';
import { BindingScope } from '../bindings/scope.ts';
import type { Connection } from '../connection/connection.ts';
import type { RuntimeOptions } from '../options/runtime-options.ts';
import type { ScriptRuntime, ToolHandler } from '../types.ts';
import { endError } from './outcome.ts';
import { Runtime } from './runtime.ts';

/** A daemon that is busy with many may take seconds to start a process. */
const OPEN_WITHIN_MS = 60_000;

export interface OpenContext {
  connection: Connection;
  /** Where the runtime's bindings are found while it is open. */
  scopes: Map<string, BindingScope>;
  /** Those that are open. */
  runtimes: Set<ScriptRuntime>;
}

const readOpened = parser(RuntimeOpenedSchema, 'PROTOCOL_VIOLATION');
const readEnd = parser(RuntimeEndSchema, 'PROTOCOL_VIOLATION');

/** What is told of a runtime beside what its bindings are. */
export interface RuntimeHooks {
  /** What answers `call`s on the port, instead of the bindings' tools. */
  tools?: Readonly<Record<string, ToolHandler>>;
  onPost?(event: string, value: unknown): void;
  /** It has ended, by itself or with its connection. */
  onEnd?(end: RuntimeEnd | CofferdamError): void;
}

/** Opens a runtime: one call, which lasts as long as the runtime does. */
export async function openRuntime(
  { spec, bindings, hooks = {} }: RuntimeOptions & { hooks?: RuntimeHooks },
  { connection, scopes, runtimes }: OpenContext,
): Promise<Runtime> {
  const cancel = new AbortController();
  const opened = Promise.withResolvers<Runtime>();
  let runtime: Runtime | undefined;
  const call = connection.channel.call(RUNTIME_METHODS.open, spec, {
    deadlineMs: LASTING,
    signal: cancel.signal,
    onEvent: (event) => {
      if (runtime) throw new CofferdamError('PROTOCOL_VIOLATION', 'a runtime opened twice');
      const { runtimeId } = readOpened(event);
      const scope = new BindingScope(runtimeId, bindings, (error) => made.noteError(error));
      scopes.set(runtimeId, scope);
      const made: Runtime = new Runtime({
        connection,
        scope,
        hooks,
        port: call,
        evalTimeMs: spec.evalTimeMs,
        cancel: () => cancel.abort(),
        onEnd: () => {
          scopes.delete(runtimeId);
          runtimes.delete(made);
        },
      });
      runtimes.add(made);
      runtime = made;
      opened.resolve(made);
    },
  });
  call.reply.then(readEnd).then(
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
