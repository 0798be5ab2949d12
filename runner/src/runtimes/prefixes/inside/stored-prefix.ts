import type ivm from 'isolated-vm';
import type { InsidePrefix } from '../../messages.ts';

/** Making a function of a text that is one takes no time; this is for a text that is none after all. */
const MAKE_MS = 1_000;

/** A prefix that isolates of this process evaluate, and what V8 has learnt of its code. */
export class StoredPrefix {
  readonly task: InsidePrefix;
  /** The heads of its modules as JSON text. */
  readonly heads: string;
  /** Of the modules before it. */
  readonly #texts: readonly string[];
  readonly #script: string;
  #cache: ivm.ExternalCopy<ArrayBuffer> | undefined;
  #isLearning = false;

  constructor(task: InsidePrefix, texts: readonly string[]) {
    this.task = task;
    this.heads = JSON.stringify(task.modules);
    this.#texts = texts.slice(0, -1);
    this.#script = `(${texts.at(-1)!}\n)`;
  }

  /**
   * What the guest's loader is given for each module: the prefix itself as a function of that realm,
   * compiled here, since only so can its code come from V8's cache.
   */
  async codes({ isolate, context }: { isolate: ivm.Isolate; context: ivm.Context }) {
    const script = await isolate.compileScript(this.#script, {
      filename: this.#name,
      ...(this.#cache && { cachedData: this.#cache }),
    });
    const made: ivm.Reference = await script.run(context, { reference: true, timeout: MAKE_MS });
    script.release();
    return [...this.#texts, made.derefInto({ release: true })];
  }

  /**
   * Takes V8's cache out of an isolate that has evaluated the prefix: compiled once more, the text is
   * found there with every function that was called, which a cache of code that has not run lacks.
   */
  async learn(isolate: ivm.Isolate): Promise<void> {
    if (this.#cache || this.#isLearning) return;
    this.#isLearning = true;
    try {
      const options = { filename: this.#name, produceCachedData: true };
      const script = await isolate.compileScript(this.#script, options);
      this.#cache = (script as ivm.CachedDataResult).cachedData;
      script.release();
    } catch {
      // The isolate has ended meanwhile: the next one teaches as well.
    } finally {
      this.#isLearning = false;
    }
  }

  get #name(): string {
    return this.task.modules.at(-1)!.sourceUrl;
  }
}
