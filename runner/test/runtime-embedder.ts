import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  Channel,
  LASTING,
  RUNTIME_METHODS,
  type CallHandler,
  type EvalOutcome,
  type ModulesQuery,
  type OutgoingCall,
  type RuntimeEnd,
  type RuntimeFigures,
  type RuntimeOpened,
  type RuntimeSpec,
  type SourcesQuery,
} from '@cofferdam/protocol';
import { RuntimeKeeper } from '../src/runtimes/keeper.ts';

export type Files = Record<string, string>;
type Message = [string, ...unknown[]];

export interface EmbedderOptions {
  /** Modules by absolute path. */
  files?: Files;
  fetch?: CallHandler;
  browser?: CallHandler;
  keeper?: RuntimeKeeper;
  /** What is answered instead of a resolution. */
  resolve?: (query: ModulesQuery) => unknown;
}

export const SPEC: RuntimeSpec = {
  preset: 'web',
  memoryBytes: 128 * 1024 * 1024,
  evalTimeMs: 10_000,
  stretchTimeMs: 5_000,
  cwd: '/app',
  bindings: { console: true, fetch: false, files: false, modules: true, tools: [] },
};

/** A runtime as the smallest embedder sees it. */
export interface TestRuntime {
  id: string;
  messages: Message[];
  end: Promise<RuntimeEnd>;
  port: OutgoingCall;
  eval(
    code: string,
    options?: { filename?: string; timeMs?: number; tests?: boolean; signal?: AbortSignal },
  ): Promise<EvalOutcome>;
  /** The value of an eval that has to go well. */
  value(code: string, filename?: string): Promise<unknown>;
  figures(): Promise<RuntimeFigures>;
  dispose(): void;
  /** Resolves when a message fits. */
  message(fits: (message: Message) => boolean): Promise<Message>;
}

export interface TestEmbedder {
  keeper: RuntimeKeeper;
  channel: Channel;
  queries: ModulesQuery[];
  sourced: string[];
  open(spec?: Partial<RuntimeSpec>): Promise<TestRuntime>;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Two ends of one Unix socket, closed when the test is over. */
async function socketPair(): Promise<[Socket, Socket]> {
  const folder = await mkdtemp(join(tmpdir(), 'cofferdam-runtimes-'));
  const path = join(folder, 'pair.sock');
  const server = createServer().listen(path);
  await once(server, 'listening');
  const dialled = connect(path);
  const [accepted] = (await once(server, 'connection')) as [Socket];
  onTestFinished(async () => {
    dialled.destroy();
    accepted.destroy();
    server.close();
    await rm(folder, { recursive: true });
  });
  return [dialled, accepted];
}

/** An embedder connected to a keeper by a real socket. */
export async function embedder(options: EmbedderOptions = {}): Promise<TestEmbedder> {
  const { files = {} } = options;
  const keeper = options.keeper ?? new RuntimeKeeper();
  const [near, far] = await socketPair();
  const queries: ModulesQuery[] = [];
  const sourced: string[] = [];
  const connection = keeper.connect(() => served, 'owner');
  const served: Channel = new Channel(far, {
    handlers: connection.handlers,
    // As the daemon lets a connection have.
    maxInFlight: 4_096,
  });
  void served.closed.then(() => connection.close());
  const channel = new Channel(near, {
    handlers: {
      [RUNTIME_METHODS.modules]: (call) => {
        const query = call.payload as ModulesQuery;
        queries.push(query);
        return (
          options.resolve?.(query) ?? { modules: query.wanted.map((one) => resolved(one, files)) }
        );
      },
      [RUNTIME_METHODS.sources]: async (call) => {
        const { digests } = call.payload as SourcesQuery;
        sourced.push(...digests);
        const texts = digests.map((digest) => {
          return Buffer.from(Object.values(files).find((text) => digestOf(text) === digest) ?? '');
        });
        for (const text of texts) await call.write(text);
        call.end();
        return { bytes: texts.map(({ byteLength }) => byteLength) };
      },
      ...(options.fetch && { [RUNTIME_METHODS.fetch]: options.fetch }),
      ...(options.browser && { [RUNTIME_METHODS.browser]: options.browser }),
    },
  });
  onTestFinished(async () => {
    channel.close();
    if (!options.keeper) await keeper.close();
  });
  const open = (spec: Partial<RuntimeSpec> = {}) => openRuntime(channel, { ...SPEC, ...spec });
  return { keeper, channel, queries, sourced, open };
}

function resolved({ specifier, importer }: ModulesQuery['wanted'][number], files: Files) {
  const path = posix.resolve(importer.resolveDir, specifier);
  const text = files[path] ?? files[specifier];
  if (text === undefined) return { error: 'there is no such module' };
  const at = files[path] === undefined ? specifier : path;
  return { path: at, resolveDir: posix.dirname(at), filename: at, digest: digestOf(text) };
}

async function openRuntime(channel: Channel, spec: RuntimeSpec): Promise<TestRuntime> {
  const opened = Promise.withResolvers<RuntimeOpened>();
  const over = new AbortController();
  const port = channel.call(RUNTIME_METHODS.open, spec, {
    deadlineMs: LASTING,
    signal: over.signal,
    onEvent: (event) => opened.resolve(event as RuntimeOpened),
  });
  const end = port.reply as Promise<RuntimeEnd>;
  end.then((value) => opened.reject(new Error(JSON.stringify(value))), opened.reject);
  const { runtimeId } = await opened.promise;
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  void readPort(port, (batch) => {
    messages.push(...batch);
    for (const look of waiting) look();
  });
  const runtime: TestRuntime = {
    id: runtimeId,
    messages,
    end,
    port,
    eval: (code, { signal, ...rest } = {}) =>
      channel.call(
        RUNTIME_METHODS.eval,
        { runtimeId, code, ...rest },
        { deadlineMs: LASTING, ...(signal && { signal }) },
      ).reply as Promise<EvalOutcome>,
    value: async (code, filename) => {
      const outcome = await runtime.eval(code, filename === undefined ? {} : { filename });
      if (outcome.exitReason !== 'Completed') throw new Error(JSON.stringify(outcome));
      return outcome.value === undefined ? undefined : (JSON.parse(outcome.value) as unknown);
    },
    figures: () =>
      channel.call(RUNTIME_METHODS.figures, { runtimeId }, { deadlineMs: 5_000 })
        .reply as Promise<RuntimeFigures>,
    dispose: () => over.abort(),
    message: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          const found = messages.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
  return runtime;
}

async function readPort(port: OutgoingCall, onMessages: (batch: Message[]) => void): Promise<void> {
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of port.data) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.byteLength >= 4 && rest.byteLength >= 4 + rest.readUInt32BE(0)) {
        const end = 4 + rest.readUInt32BE(0);
        onMessages(JSON.parse(rest.toString('utf8', 4, end)) as Message[]);
        rest = rest.subarray(end);
      }
    }
  } catch {
    // The runtime has ended.
  }
}
