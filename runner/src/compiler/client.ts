import { createHash } from 'node:crypto';
import {
  checker,
  CofferdamError,
  GuestErrorSchema,
  type GuestError,
  type Language,
} from '@cofferdam/protocol';
import { childOf, startChild, type Child, type StartedChild } from '../supervisor/child.ts';
import type { Compiled, CompileInput } from './compile.ts';
import { CompileCache } from './cache.ts';
import { COMPILE_DEADLINE_MS } from './deadline.ts';
import { COMPILER_PROGRAM } from './program.ts';
import { askModule, moduleKey, unitsOfModule, type ModuleOptions } from './module-client.ts';
import type { ModuleCompilation } from './compiled-module.ts';

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
  readonly #cache = new CompileCache<Compiled>(unitsOfSource);
  readonly #modules = new CompileCache<ModuleCompilation>(unitsOfModule);
  #child: Child | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #started: StartedChild | undefined;
  #closed = false;

  /** Its first process may be starting already. */
  constructor(started?: StartedChild) {
    this.#started = started;
  }

  /** Starts the process ahead of the first source. */
  warm(): void {
    this.#running();
  }

  async compile(code: string, language: Language): Promise<Compilation> {
    const digest = sourceDigest(code, language);
    const known = this.#cache.get(digest);
    if (known) return { compiled: known, cached: true };
    const ask = (child: Child) => askSource(child, { code, language, digest });
    return { compiled: await this.#inTurn(this.#cache, digest, ask), cached: false };
  }

  /** What is known of a module with this text's digest, read in this way. */
  knownModule(digest: string, options: ModuleOptions): ModuleCompilation | undefined {
    return this.#modules.get(moduleKey(digest, options));
  }

  /** Makes a module's source into a function for the guest's loader. */
  async compileModule(code: string, options: ModuleOptions): Promise<ModuleCompilation> {
    const key = moduleKey(textDigest(code), options);
    const ask = (child: Child) => askModule(child, { code, ...options });
    return this.#modules.get(key) ?? this.#inTurn(this.#modules, key, ask);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#child?.kill();
    await this.#child?.exited;
  }

  async #inTurn<T extends Answer>(
    cache: CompileCache<T>,
    key: string,
    ask: (child: Child) => Promise<unknown>,
  ): Promise<T> {
    const mine = this.#turn.then(async () => {
      const known = cache.get(key);
      if (known) return known;
      const compiled =
        (await this.#ask<T>(ask)) ??
        (await this.#ask<T>(ask)) ??
        ({ ok: false, error: parserEnded() } as T);
      cache.set(key, compiled);
      return compiled;
    });
    // Whoever comes next waits for the end of this one, however it ends.
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** `undefined` when the process was lost over it. */
  async #ask<T extends Answer>(ask: (child: Child) => Promise<unknown>): Promise<T | undefined> {
    if (this.#closed) throw new CofferdamError('SHUTTING_DOWN');
    const child = this.#running();
    try {
      const compiled = await ask(child);
      if (compiled) return compiled as T;
    } catch (error) {
      this.#drop(child);
      // It had its time; another process would need as long.
      const late = CofferdamError.from(error).code === 'DEADLINE_EXCEEDED';
      return late ? ({ ok: false, error: parserEnded() } as T) : undefined;
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
    const child = childOf(this.#started ?? startChild(COMPILER_PROGRAM));
    this.#started = undefined;
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

/** Failures have the same form whatever was to be compiled. */
type Answer = Compiled | ModuleCompilation;

async function askSource(child: Child, task: CompileInput): Promise<Compiled | undefined> {
  const call = child.channel.call('compile', task, { deadlineMs: COMPILE_DEADLINE_MS });
  const compiled = await call.reply;
  return isCompiled(compiled) ? compiled : undefined;
}

/** The process is as hostile as what it parses. */
function isCompiled(answer: unknown): answer is Compiled {
  const { ok, source, error } = Object(answer) as Record<string, unknown>;
  if (ok === false) return checkError(error).ok;
  const { code, form, digest, fileName, map } = Object(source) as Record<string, unknown>;
  const texts = [code, digest, fileName, map ?? ''].every((text) => typeof text === 'string');
  return ok === true && texts && (form === 'body' || form === 'module');
}

function unitsOfSource(compiled: Compiled): number {
  if (!compiled.ok) return 0;
  return compiled.source.code.length + (compiled.source.map?.length ?? 0);
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

/** How embedders and the keeper of runtimes name a text. */
export function textDigest(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
