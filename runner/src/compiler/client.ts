import { createHash } from 'node:crypto';
import {
  checker,
  CofferdamError,
  GuestErrorSchema,
  type GuestError,
  type Language,
} from '@cofferdam/protocol';
import { spawnChild, type Child } from '../supervisor/child.ts';
import type { Compiled, CompileInput } from './compile.ts';
import { CompileCache } from './cache.ts';

/** Longer than any source within the size limit takes here (1 MiB of parentheses: 0.4 s). */
const COMPILE_DEADLINE_MS = 10_000;
/** A parser that needs more is fed on purpose; without a cap it would take the machine. */
const HEAP_MIB = 256;

const checkError = checker(GuestErrorSchema);

export interface Compilation {
  compiled: Compiled;
  cached: boolean;
}

/**
 * The tenant's compiler process, seen from outside. One source at a time, so that a source which
 * ends the process is known. A process may also end for reasons of the machine: a source is read
 * once more in a new one, and only the second death is that source's `CompileError`.
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
    // Whoever comes next waits for the end of this one, however it ends.
    this.#turn = mine.catch(() => {});
    return { compiled: await mine, cached: false };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#child?.kill();
    await this.#child?.exited;
  }

  async #compileNow(task: CompileInput): Promise<Compiled> {
    const known = this.#cache.get(task.digest);
    if (known) return known;
    const compiled = (await this.#ask(task)) ??
      (await this.#ask(task)) ?? { ok: false, error: parserEnded() };
    this.#cache.set(task.digest, compiled);
    return compiled;
  }

  /** `undefined` when the process was lost over it. */
  async #ask(task: CompileInput): Promise<Compiled | undefined> {
    if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
    const child = this.#running();
    const call = child.channel.call('compile', task, { deadlineMs: COMPILE_DEADLINE_MS });
    try {
      const compiled = await call.reply;
      if (isCompiled(compiled)) return compiled;
    } catch (error) {
      this.#drop(child);
      // It had its time; another process would need as long.
      const late = CofferdamError.from(error).code === 'DEADLINE_EXCEEDED';
      return late ? { ok: false, error: parserEnded() } : undefined;
    }
    this.#drop(child);
    return undefined;
  }

  #drop(child: Child): void {
    child.kill();
    if (this.#child === child) this.#child = undefined;
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

/** The process is as hostile as what it parses. */
function isCompiled(answer: unknown): answer is Compiled {
  const { ok, source, error } = Object(answer) as Record<string, unknown>;
  if (ok === false) return checkError(error).ok;
  const { code, form, digest, fileName, map } = Object(source) as Record<string, unknown>;
  const texts = [code, digest, fileName, map ?? ''].every((text) => typeof text === 'string');
  return ok === true && texts && (form === 'body' || form === 'module');
}

function parserEnded(): GuestError {
  return {
    name: 'SyntaxError',
    message: 'The source ends the parser: it is nested too deeply, or too costly to read',
  };
}

function sourceDigest(code: string, language: Language): string {
  return createHash('sha256').update(language).update('\0').update(code).digest('hex');
}
