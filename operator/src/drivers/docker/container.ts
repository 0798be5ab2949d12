import { setTimeout as sleep } from 'node:timers/promises';
import { Writable } from 'node:stream';
import type Docker from 'dockerode';
import type { Container, ContainerCreateOptions } from 'dockerode';
import type { LocalRunner } from '../local-driver.ts';
import { removeLabelled, type Labels } from './labelled.ts';
import { within } from './within.ts';

export interface ContainerEnd {
  /** Its exit code (137: killed, most often for its memory); absent when it never ran. */
  code: number | null;
  /** The last of what it said on standard error, at most 2 KiB, or why it did not start. */
  lastWords: string;
}

const MAX_LAST_WORDS = 2_048;
/** An engine that answers nothing for so long starts no container. */
const START_MS = 30_000;
/** How often an engine that went away, or takes its time to remove it, is asked. */
const RETRY_MS = 500;
const ANSWER_MS = 5_000;
/** An engine that is away for so long keeps the container: the next start of ours ends it. */
const STOP_MS = 10_000;

export interface OwnContainerOptions {
  docker: Docker;
  /** Its labels are no other container's. */
  spec: ContainerCreateOptions & { Labels: Labels };
  /** All of its standard input. */
  input: string;
  /** Done before it is made. */
  prepare?: () => Promise<void>;
}

/** A container of ours from before its start to its removal. */
export class OwnContainer implements LocalRunner<ContainerEnd> {
  /** Resolves when the engine has removed it; never rejects. */
  readonly ended: Promise<ContainerEnd>;
  readonly #docker: Docker;
  readonly #labels: Labels;
  /** Settles when there is reason to ask whether it still is there. */
  readonly #doubted = Promise.withResolvers<void>();
  /** Whoever made it wants it no more. */
  #unwanted = false;
  #stopping = false;
  #givenUp = false;
  #lastWords = '';

  constructor(options: OwnContainerOptions) {
    this.#docker = options.docker;
    this.#labels = options.spec.Labels;
    this.ended = this.#live(options);
  }

  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      setTimeout(() => (this.#givenUp = true), STOP_MS).unref();
      await this.#discard();
    }
    await this.ended;
  }

  async #live({ spec, input, prepare }: OwnContainerOptions): Promise<ContainerEnd> {
    let container: Container;
    try {
      await prepare?.();
      container = await within(START_MS, (abortSignal) =>
        this.#docker.createContainer({ ...spec, abortSignal }),
      );
    } catch (error) {
      // The engine may have made it all the same.
      await this.#remove();
      return { code: null, lastWords: wordsOf(error) };
    }
    if (this.#unwanted) {
      await this.#remove();
      return { code: null, lastWords: '' };
    }
    const removed = this.#untilRemoved(container);
    try {
      await this.#start(container, input);
    } catch (error) {
      this.#lastWords ||= wordsOf(error);
      await this.#discard();
      await removed;
      return { code: null, lastWords: this.#lastWords };
    }
    // Asked to end while it started: the engine refuses to remove what is half started.
    if (this.#unwanted) await this.#remove();
    return { code: await removed, lastWords: this.#lastWords.trim() };
  }

  async #start(container: Container, input: string): Promise<void> {
    const streams = { stream: true, hijack: true, stdin: true, stdout: true, stderr: true };
    const stream = await within(START_MS, () => container.attach(streams));
    stream.on('error', () => {}).on('close', () => this.#doubted.resolve());
    this.#docker.modem.demuxStream(stream, ignored(), this.#words());
    await within(START_MS, (abortSignal) => container.start({ abortSignal }));
    stream.end(input);
  }

  /** Its exit code, when nothing of it is left. */
  async #untilRemoved(container: Container): Promise<number | null> {
    const late = new AbortController();
    let code: number | null = null;
    let isWaiting = true;
    const waited = container
      .wait({ condition: 'removed', abortSignal: late.signal })
      .then(({ StatusCode }) => void (code = Number(StatusCode)))
      .catch(() => {})
      .finally(() => (isWaiting = false));
    await Promise.race([waited, this.#doubted.promise]);
    while (!(await this.#isGone(container)) && !this.#givenUp) {
      // eslint-disable-next-line no-await-in-loop -- asks again until the engine knows it no more
      await Promise.race([sleep(RETRY_MS), ...(isWaiting ? [waited] : [])]);
      // eslint-disable-next-line no-await-in-loop -- as above
      if (this.#unwanted) await this.#remove();
    }
    late.abort();
    return code;
  }

  async #isGone(container: Container): Promise<boolean> {
    try {
      await within(ANSWER_MS, (abortSignal) => container.inspect({ abortSignal }));
      return false;
    } catch (error) {
      return isNotFound(error);
    }
  }

  async #discard(): Promise<void> {
    this.#unwanted = true;
    await this.#remove();
    this.#doubted.resolve();
  }

  async #remove(): Promise<void> {
    try {
      await within(START_MS, () => removeLabelled(this.#docker, this.#labels));
    } catch {
      // The engine is away: whoever waits for the removal asks again.
    }
  }

  #words(): Writable {
    return new Writable({
      write: (chunk: Buffer, _, done) => {
        this.#lastWords = (this.#lastWords + chunk.toString('utf8')).slice(-MAX_LAST_WORDS);
        done();
      },
    });
  }
}

function ignored(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function isNotFound(error: unknown): boolean {
  return (error as { statusCode?: number }).statusCode === 404;
}

function wordsOf(error: unknown): string {
  return (error as Error).message.slice(0, MAX_LAST_WORDS);
}
