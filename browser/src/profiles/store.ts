import { abortable } from '@cofferdam/protocol';
import type { BrowserContext } from 'playwright-core';
import { BrowserError } from '../errors.ts';
import type { BrowserFiles, ProfilesOptions } from '../options.ts';
import type { ProfileMode } from '../types.ts';
import { ProfileFolder } from './folder.ts';
import type { OpenProfile } from './open-profile.ts';
import { ProfileFiles } from './profile-files.ts';
import { readProfileId } from './profile-id.ts';
import { parseStorageState } from './storage-state.ts';

const STATE = 'storage-state.json';
const LIST = 'files.json';
const DEFAULT_ROOT = '/browser-profiles';
/** A files binding that hangs does not keep a profile open. */
const WITHIN_MS = 60_000;

/** Which profiles are open, of all sessions that share one files binding. */
const openOf = new WeakMap<object, Set<string>>();

/** The profiles of a session: ids of its guest's, files of its host's. */
export class ProfileStore {
  readonly #files: BrowserFiles;
  readonly #options: ProfilesOptions;
  readonly #open: Set<string>;

  constructor(files: BrowserFiles, options: ProfilesOptions) {
    this.#files = files;
    this.#options = options;
    const sharedBy = options.sharedBy ?? files;
    this.#open = openOf.get(sharedBy) ?? new Set();
    openOf.set(sharedBy, this.#open);
  }

  /** Rejects with a `ProfileInUseError` while another context has it. */
  async open(given: unknown, mode: ProfileMode | undefined): Promise<OpenProfile> {
    const { root = DEFAULT_ROOT, defaultMode = 'storage' } = this.#options;
    const id = readProfileId(given);
    // Two ids may be one folder on a disk that knows no upper case.
    const key = `${root}/${id}`.toLowerCase();
    if (this.#open.has(key)) {
      throw new BrowserError('ProfileInUseError', `The profile '${id}' is open already`);
    }
    this.#open.add(key);
    const files = new ProfileFiles(this.#files, `${root}/${id}`);
    const release = () => void this.#open.delete(key);
    const isPersistent = (mode ?? defaultMode) === 'persistent';
    const load = isPersistent ? openPersistent(files, release) : openStorage(files, release);
    try {
      return await inTime(load);
    } catch (error) {
      release();
      throw error;
    }
  }
}

async function openStorage(files: ProfileFiles, release: () => void): Promise<OpenProfile> {
  const bytes = await files.read(STATE);
  const storageState = bytes && parseStorageState(bytes.toString('utf8'));
  return {
    storageState: storageState && { storageState },
    beforeClose: async (context: BrowserContext) => {
      // Keys of Web Crypto and what else has no JSON cannot be kept; the rest is all the same.
      const whole = context.storageState({ indexedDB: true });
      const state = await inTime(whole.catch(() => context.storageState()));
      await inTime(files.write(STATE, JSON.stringify(state)));
    },
    afterClose: async () => release(),
    abandon: async () => release(),
  };
}

async function openPersistent(files: ProfileFiles, release: () => void): Promise<OpenProfile> {
  const folder = await ProfileFolder.make();
  const discard = async () => {
    await folder.remove().catch(() => {});
    release();
  };
  try {
    const before = await fill(folder, files);
    const afterClose = async () => {
      try {
        await inTime(keep(folder, files, before));
      } finally {
        await discard();
      }
    };
    return { userDataDir: folder.path, beforeClose: async () => {}, afterClose, abandon: discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

async function fill(folder: ProfileFolder, files: ProfileFiles): Promise<string[]> {
  const paths = await files.readList(LIST);
  for (const path of paths) {
    // eslint-disable-next-line no-await-in-loop -- one after the other: each is held whole
    const data = await files.read(`files/${path}`);
    // eslint-disable-next-line no-await-in-loop -- as above
    if (data) await folder.add(path, data);
  }
  return paths;
}

async function keep(folder: ProfileFolder, files: ProfileFiles, before: string[]): Promise<void> {
  const paths: string[] = [];
  for await (const { path, read } of folder.siteData()) {
    await files.write(`files/${path}`, await read());
    paths.push(path);
  }
  await files.write(LIST, JSON.stringify(paths));
  const kept = new Set(paths);
  for (const path of before.filter((each) => !kept.has(each))) {
    // eslint-disable-next-line no-await-in-loop -- they are few, and each is a call of the host's
    await files.remove(`files/${path}`);
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(WITHIN_MS);
  try {
    return await abortable(work, late);
  } catch (error) {
    if (!late.aborted) throw error;
    throw new BrowserError('ProfileError', 'The profile took too long');
  }
}
