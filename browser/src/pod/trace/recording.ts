import { randomUUID } from 'node:crypto';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserTrace } from '@cofferdam/protocol';
import type { BrowserContext, Page } from 'playwright-core';
import { bounded } from '../../bounded.ts';
import { archiveOf, MAX_TEXT_BYTES } from './archive.ts';
import { Pictures } from './pictures.ts';
import { readEnd } from './text-end.ts';

/** In one of them a mad page writes some 4 MB of pictures: what a session may have beyond its bounds for a moment. */
const LOOK_MS = 250;
/** Stopping is a matter of writing what is written. */
const STOP_MS = 3_000;
/** A file of that size is ended for another one: of what is ended the oldest may go. */
const FULL_BYTES = 0.75 * 1024 * 1024;
/** What is written faster than it is looked at keeps its end. */
const MAX_FILE_BYTES = MAX_TEXT_BYTES / 2;
const MAX_FILES = 32;
const PICTURE = /^(page@[0-9a-f]+)-(\d+)\.jpeg$/;

/** What Playwright writes of one context, until it is too long. */
interface TextFile {
  name: string;
  size: number;
  /** Absent when it is written no more. */
  context?: BrowserContext;
}

export interface RecordingOptions {
  /** Where Playwright writes: Chromium's `tracesDir`, which all sessions of the pod share. */
  folder: string;
  /** Never part of what is recorded. */
  secrets: readonly string[];
}

/**
 * Playwright's recordings of one session's contexts: what was done and, as pictures, what was to be seen. Its
 * snapshots are off: each costs the page time, and what they keep of the network has no bound and the proxy's credentials.
 */
export class Recording {
  readonly #options: RecordingOptions;
  readonly #prefix = randomUUID();
  readonly #pages = new Set<string>();
  readonly #pictures = new Pictures();
  /** In the order of their beginnings. */
  #texts: TextFile[] = [];
  #isCut = false;
  #isOver = false;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  /** What Playwright is asked, and what is done to its files: one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  /** Records a context that has no page yet. */
  start(context: BrowserContext): Promise<void> {
    context.on('page', (page) => this.#pages.add(idOf(page)));
    return this.#inTurn(async () => {
      if (this.#isOver) return;
      const text = this.#newText(context);
      const what = { screenshots: true, snapshots: false, sources: false };
      await context.tracing.start({ ...what, name: text.name });
      this.#later();
    });
  }

  /** Before a context is closed: Playwright keeps a recording's stacks as long as it was not stopped. */
  stop(context: BrowserContext): Promise<void> {
    return this.#inTurn(() => this.#stop(context));
  }

  /** Ends the recording; answers it, or undefined where nothing was recorded. */
  collect(): Promise<{ bytes: Uint8Array; cut: BrowserTrace['cut'] } | undefined> {
    return this.#inTurn(async () => {
      await this.#stopAll();
      await this.#lookAtPictures();
      if (this.#texts.length === 0) return undefined;
      const { secrets } = this.#options;
      const { bytes, cut } = await archiveOf({
        texts: this.#texts.map(({ name }) => this.#pathOf(name)),
        ...{ folder: this.#pictureFolder, pictures: this.#pictures.kept, secrets },
      });
      const all = new Set(cut);
      if (this.#pictures.isCut) all.add('pictures');
      if (this.#isCut) all.add('actions');
      return { bytes, cut: [...all] };
    });
  }

  /** After its contexts were closed: leaves nothing on the disk. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stopAll();
      clearTimeout(this.#timer);
      const { folder } = this.#options;
      const texts = (await namesIn(folder)).filter((name) => name.startsWith(this.#prefix));
      const pictures = (await namesIn(this.#pictureFolder)).filter((name) => this.#isMine(name));
      await Promise.all([
        ...texts.map((name) => remove(join(folder, name))),
        ...pictures.map((name) => remove(join(this.#pictureFolder, name))),
      ]);
    });
  }

  get #pictureFolder(): string {
    return join(this.#options.folder, 'screencast');
  }

  #pathOf(name: string): string {
    return join(this.#options.folder, `${name}.trace`);
  }

  #isText(name: string): boolean {
    return name.startsWith(this.#prefix) && name.endsWith('.trace');
  }

  #isMine(name: string): boolean {
    const [, page = ''] = PICTURE.exec(name) ?? [];
    return this.#pages.has(page);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  #newText(context: BrowserContext): TextFile {
    const text = { name: `${this.#prefix}-${this.#count++}`, size: 0, context };
    this.#texts.push(text);
    return text;
  }

  async #stop(context: BrowserContext): Promise<void> {
    const text = this.#texts.find((each) => each.context === context);
    if (!text) return;
    delete text.context;
    await bounded(context.tracing.stop(), STOP_MS);
  }

  async #stopAll(): Promise<void> {
    this.#isOver = true;
    const contexts = this.#texts.flatMap(({ context }) => context ?? []);
    await Promise.all(contexts.map((context) => this.#stop(context)));
  }

  #later(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#inTurn(() => this.#look()).catch(() => {});
    }, LOOK_MS);
  }

  async #look(): Promise<void> {
    await this.#lookAtPictures();
    await this.#lookAtTexts();
    if (this.#texts.some(({ context }) => context)) this.#later();
  }

  async #lookAtPictures(): Promise<void> {
    const folder = this.#pictureFolder;
    for (const file of await namesIn(folder)) {
      if (this.#pictures.has(file) || !this.#isMine(file)) continue;
      const [, page = '', time] = PICTURE.exec(file) ?? [];
      // eslint-disable-next-line no-await-in-loop -- some of them, since the last look
      const bytes = await sizeOf(join(folder, file));
      this.#pictures.add({ file, page, time: Number(time), bytes });
    }
    const gone = this.#pictures.trim(Date.now());
    await Promise.all(gone.map(({ file }) => remove(join(folder, file))));
  }

  async #lookAtTexts(): Promise<void> {
    for (const text of this.#texts) {
      // eslint-disable-next-line no-await-in-loop -- a few
      text.size = await sizeOf(this.#pathOf(text.name));
    }
    const full = this.#texts.filter(({ context, size }) => context && size > FULL_BYTES);
    await Promise.all(full.map((text) => this.#renew(text)));
    const long = this.#texts.filter(({ context, size }) => !context && size > MAX_FILE_BYTES);
    await Promise.all(long.map((text) => this.#shorten(text)));
    while (this.#isTooLong()) {
      // eslint-disable-next-line no-await-in-loop -- until it is not
      if (!(await this.#dropOldest())) break;
    }
    await this.#removeDropped();
  }

  #isTooLong(): boolean {
    const bytes = this.#texts.reduce((sum, { size }) => sum + size, 0);
    return bytes > MAX_TEXT_BYTES || this.#texts.length > MAX_FILES;
  }

  /** Ends a file for another one. What was under way at that time has no end in either. */
  async #renew(text: TextFile): Promise<void> {
    const { context } = text;
    if (!context) return;
    const { tracing } = context;
    delete text.context;
    const next = this.#newText(context);
    // A context that is being closed has no other one.
    await bounded(
      tracing.stopChunk().then(() => tracing.startChunk({ name: next.name })),
      STOP_MS,
    );
  }

  async #shorten(text: TextFile): Promise<void> {
    const path = this.#pathOf(text.name);
    const end = await readEnd(path, MAX_FILE_BYTES);
    await writeFile(path, end?.value ?? '');
    text.size = MAX_FILE_BYTES;
    this.#isCut = true;
  }

  /** Playwright may have had something left to write to a file that is gone. */
  async #removeDropped(): Promise<void> {
    const kept = new Set(this.#texts.map(({ name }) => `${name}.trace`));
    const all = (await namesIn(this.#options.folder)).filter((name) => this.#isText(name));
    await Promise.all(
      all.filter((name) => !kept.has(name)).map((name) => remove(join(this.#options.folder, name))),
    );
  }

  /** Of those that are written no more; where there is none, the longest is ended first. */
  async #dropOldest(): Promise<boolean> {
    let oldest = this.#texts.find(({ context }) => !context);
    if (!oldest) {
      oldest = this.#texts.toSorted((a, b) => b.size - a.size)[0];
      if (!oldest) return false;
      await this.#renew(oldest);
    }
    this.#isCut = true;
    this.#texts = this.#texts.filter((each) => each !== oldest);
    await remove(this.#pathOf(oldest.name));
    return true;
  }
}

/** Its name in Playwright's files, which its interface does not tell. */
function idOf(page: Page): string {
  // eslint-disable-next-line no-underscore-dangle -- Playwright's
  return (page as unknown as { _guid: string })._guid;
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
}
