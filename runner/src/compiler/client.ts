import { createHash } from 'node:crypto';
import type { GuestError, Language } from '@cofferdam/protocol';
import { spawnChild, type Child } from '../supervisor/child.ts';
import type { Compiled } from './compile.ts';
import { CompileCache } from './cache.ts';

/** Longer than any source within the size limit takes here (1 MiB of parentheses: 0.4 s). */
const COMPILE_DEADLINE_MS = 10_000;
/** A parser that needs more is fed on purpose; without a cap it would take the machine. */
const HEAP_MIB = 256;

export interface Compilation {
  compiled: Compiled;
  cached: boolean;
}

/**
 * The tenant's compiler process, seen from outside. One source at a time, so that a source which
 * ends the process is known: its death is that source's `CompileError`.
 */
export class Compiler {
  readonly #cache = new CompileCache();
  #child: Child | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** Starts the process ahead of the first source. */
  warm(): void {
    this.#running();
  }

  async compile(code: string, language: Language): Promise<Compilation> {
    const digest = sourceDigest(code, language);
    const known = this.#cache.get(digest);
    if (known) return { compiled: known, cached: true };
    const mine = this.#turn.then(() => this.#compileNow({ code, language, digest }));
    this.#turn = mine;
    return { compiled: await mine, cached: false };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#child?.kill();
    await this.#child?.exited;
  }

  async #compileNow(input: {
    code: string;
    language: Language;
    digest: string;
  }): Promise<Compiled> {
    const known = this.#cache.get(input.digest);
    if (known) return known;
    const child = this.#running();
    const call = child.channel.call('compile', input, { deadlineMs: COMPILE_DEADLINE_MS });
    let compiled: Compiled;
    try {
      compiled = (await call.reply) as Compiled;
    } catch {
      child.kill();
      this.#child = undefined;
      compiled = { ok: false, error: parserEnded() };
    }
    if (!this.#closed) this.#cache.set(input.digest, compiled);
    return compiled;
  }

  #running(): Child {
    if (this.#child) return this.#child;
    const child = spawnChild({
      entry: new URL('./main.ts', import.meta.url),
      execArgv: [`--max-old-space-size=${HEAP_MIB}`, '--max-semi-space-size=2'],
    });
    this.#child = child;
    void child.exited.then(() => {
      if (this.#child === child) this.#child = undefined;
    });
    return child;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }
}

function parserEnded(): GuestError {
  return {
    name: 'SyntaxError',
    message: 'The source ends the parser: it is nested too deeply, or too costly to read',
  };
}

export function sourceDigest(code: string, language: Language): string {
  return createHash('sha256').update(language).update('\0').update(code).digest('hex');
}
