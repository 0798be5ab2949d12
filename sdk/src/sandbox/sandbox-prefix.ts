import { CofferdamError } from '@cofferdam/protocol';
import type { BindingScope } from '../bindings/scope.ts';
import type { Connection } from '../connection/connection.ts';
import { abortError } from '../host/abort-error.ts';
import type { IsolateSlots } from './isolate-slots.ts';
import { readRunOptions, type PrefixOptions, type RunOptions } from './options.ts';
import { PrefixRun } from './prefix-run.ts';
import type { Prefix, PrefixRunOptions, RunResult, SandboxGlobals } from './types.ts';

export interface SandboxPrefixParts {
  connection: Connection;
  scopes: Map<string, BindingScope>;
  slots: IsolateSlots;
  prefixId: string;
  options: PrefixOptions;
  /** Ends the call that lasts as long as the prefix. */
  cancel(): void;
}

export class SandboxPrefix<G extends SandboxGlobals> implements Prefix<G> {
  readonly #parts: SandboxPrefixParts;
  readonly #over = new AbortController();

  constructor(parts: SandboxPrefixParts) {
    this.#parts = parts;
  }

  async run(options: PrefixRunOptions<G>): Promise<RunResult> {
    const read = readRunOptions(options, this.#parts.options);
    const { signal } = read;
    if (signal?.aborted) throw abortError(signal, 'the signal was aborted before the run began');
    const release = this.#parts.connection.hold();
    try {
      const { signal: over } = this.#over;
      return await this.#inTurn(read, signal ? AbortSignal.any([signal, over]) : over);
    } catch (error) {
      throw this.#over.signal.reason ?? (signal?.aborted ? aborted(signal) : error);
    } finally {
      release();
    }
  }

  async dispose(): Promise<void> {
    await this.end('the prefix was disposed of');
  }

  async end(why: string): Promise<void> {
    if (this.#over.signal.aborted) return;
    this.#over.abort(new CofferdamError('RUNTIME_ENDED', why));
    const { cancel, connection } = this.#parts;
    cancel();
    const release = connection.hold();
    // Answered after the cancel was taken; of a connection that has ended nothing is left to end.
    await connection.channel.ping().catch(() => {});
    release();
  }

  async #inTurn(options: RunOptions, signal: AbortSignal): Promise<RunResult> {
    const { slots, connection, scopes, prefixId } = this.#parts;
    const leave = await slots.take(signal);
    const run = new PrefixRun({ connection, scopes, prefixId, options });
    const cancel = () => run.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await run.result();
    } finally {
      signal.removeEventListener('abort', cancel);
      leave();
    }
  }
}

function aborted(signal: AbortSignal): DOMException {
  return abortError(signal, 'the run was aborted');
}
