import {
  encodePortFrame,
  LASTING,
  SESSION_METHODS,
  type Channel,
  type EvalOutcome,
  RUNTIME_METHODS,
  type OutgoingCall,
  type RuntimeFigures,
  type RuntimeSpec,
  type SessionAcquire,
  type SessionAcquired,
  type SessionEnd,
} from '@cofferdam/protocol';
import { PortFrameDecoder } from '@cofferdam/protocol';
import { SPEC } from './runtime-embedder.ts';

type Message = [string, ...unknown[]];

/** A session as the smallest embedder has it. */
export interface TestSession extends SessionAcquired {
  messages: Message[];
  port: OutgoingCall;
  end: Promise<SessionEnd>;
  eval(code: string, options?: { timeMs?: number; signal?: AbortSignal }): Promise<EvalOutcome>;
  /** The value of an eval that has to go well. */
  value(code: string): Promise<unknown>;
  figures(): Promise<RuntimeFigures>;
  /** Sends messages to the guest. */
  send(...messages: Message[]): Promise<void>;
  /** Resolves when a message fits. */
  message(fits: (message: Message) => boolean): Promise<Message>;
  release(): Promise<unknown>;
  /** Cancels the call that has it. */
  cancel(): void;
}

export interface Acquiring extends Partial<Omit<RuntimeSpec, 'bindings'>> {
  idleMs?: number;
  bindings?: Partial<RuntimeSpec['bindings']>;
}

/** Acquires a session; rejects as the call does, or with the end of one that never was. */
export async function acquire(
  channel: Channel,
  key: string,
  { idleMs = 60_000, bindings, ...spec }: Acquiring = {},
): Promise<TestSession> {
  const acquired = Promise.withResolvers<SessionAcquired>();
  const over = new AbortController();
  const full = { ...SPEC, ...spec, bindings: { ...SPEC.bindings, ...bindings } };
  const payload: SessionAcquire = { key, idleMs, spec: full };
  const port = channel.call(SESSION_METHODS.acquire, payload, {
    deadlineMs: LASTING,
    signal: over.signal,
    onEvent: (event) => acquired.resolve(event as SessionAcquired),
  });
  const end = port.reply as Promise<SessionEnd>;
  end.then((value) => acquired.reject(new Error(JSON.stringify(value))), acquired.reject);
  const { runtimeId, ...rest } = await acquired.promise;
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  void readFrames(port, (text) => {
    messages.push(...(JSON.parse(text) as Message[]));
    for (const look of waiting) look();
  });
  const session: TestSession = {
    ...{ runtimeId, ...rest, messages, port, end },
    eval: (code, { signal, ...options } = {}) =>
      channel.call(
        RUNTIME_METHODS.eval,
        { runtimeId, code, ...options },
        { deadlineMs: LASTING, ...(signal && { signal }) },
      ).reply as Promise<EvalOutcome>,
    value: async (code) => {
      const outcome = await session.eval(code);
      if (outcome.exitReason !== 'Completed') throw new Error(JSON.stringify(outcome));
      return outcome.value === undefined ? undefined : (JSON.parse(outcome.value) as unknown);
    },
    figures: () =>
      channel.call(RUNTIME_METHODS.figures, { runtimeId }, { deadlineMs: 5_000 })
        .reply as Promise<RuntimeFigures>,
    send: (...batch) => port.write(encodePortFrame(JSON.stringify(batch))),
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
    release: () =>
      channel.call(SESSION_METHODS.release, { runtimeId }, { deadlineMs: 10_000 }).reply,
    cancel: () => over.abort(),
  };
  return session;
}

export function dispose(channel: Channel, key: string, reason?: string): Promise<unknown> {
  const payload = { key, ...(reason && { reason }) };
  return channel.call(SESSION_METHODS.dispose, payload, { deadlineMs: 10_000 }).reply;
}

async function readFrames(port: OutgoingCall, onText: (text: string) => void): Promise<void> {
  const decoder = new PortFrameDecoder();
  try {
    for await (const chunk of port.data) decoder.push(chunk).forEach(onText);
  } catch {
    // It is over.
  }
}
