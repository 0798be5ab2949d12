import { existsSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BrowserSession, type BrowserSessionOptions } from '../src/index.ts';
import {
  hasChromium,
  launchChromium,
  launchPersistent,
  nothingIsLeft,
  servePages,
  type Pages,
} from './chromium.ts';
import { TestGuest } from './test-guest.ts';

let browser: Browser;
let pages: Pages;

/** Files of a guest's in memory. */
class Files {
  readonly all = new Map<string, Uint8Array>();

  async readFile(path: string): Promise<Uint8Array> {
    const data = this.all.get(path);
    if (data) return data;
    throw Object.assign(new Error(`there is no ${path}`), { code: 'ENOENT' });
  }

  async writeFile(path: string, data: Uint8Array): Promise<void> {
    this.all.set(path, Uint8Array.from(data));
  }

  async removeFile(path: string): Promise<void> {
    this.all.delete(path);
  }
}

describe.runIf(hasChromium)('profiles', () => {
  beforeAll(async () => {
    browser = await launchChromium();
    pages = await servePages({ '/': '<script>localStorage.x ??= "first"</script>' });
  });
  afterAll(async () => {
    nothingIsLeft(browser);
    await browser.close();
    await pages[Symbol.asyncDispose]();
  });

  const openSession = (files: Files, rest: Partial<BrowserSessionOptions> = {}) => {
    const session = new BrowserSession({
      createContext: (given) => browser.newContext(given),
      files,
      profiles: {},
      ...rest,
    });
    return { session, guest: new TestGuest(session) };
  };
  const failure = (call: Promise<unknown>) => call.then(String, (error: Error) => error.name);

  it('are open once among those that share their files, until they are closed', async () => {
    const files = new Files();
    const first = openSession(files);
    const second = openSession(files);
    const context = await first.guest.context({ profile: 'auth/main' });
    for (const id of ['auth/main', 'AUTH/main']) {
      // eslint-disable-next-line no-await-in-loop -- one after the other
      expect(await failure(second.guest.context({ profile: id }))).toBe('ProfileInUseError');
    }
    await first.guest.call(context, 'close');
    expect([...files.all.keys()]).toEqual(['/browser-profiles/auth/main/storage-state.json']);
    await second.guest.context({ profile: 'auth/main' });
    await second.session.close();
    await first.guest.context({ profile: 'auth/main' });
    await first.session.close();
  });

  it('that are broken are told of, and can be opened when they are whole', async () => {
    const files = new Files();
    const { session, guest } = openSession(files);
    const path = '/browser-profiles/a/storage-state.json';
    for (const text of ['{', '5', '{"cookies":1}', '[]']) {
      files.all.set(path, Buffer.from(text));
      // eslint-disable-next-line no-await-in-loop -- one after the other
      expect([text, await failure(guest.context({ profile: 'a' }))]).toEqual([
        text,
        'ProfileError',
      ]);
    }
    files.all.set(path, Buffer.from('{"cookies":[],"origins":[]}'));
    const context = await guest.context({ profile: 'a' });
    files.writeFile = async () => {
      throw new Error('the disk is full');
    };
    await expect(guest.call(context, 'close')).rejects.toMatchObject({
      name: 'ProfileError',
      message: expect.stringContaining('the disk is full') as string,
    });
    expect(session.getTrackedResources().contexts).toEqual([]);
    await guest.context({ profile: 'a' });
    await session.close();
  });

  it('with a folder take from a guest’s files what sites store, and nothing else', async () => {
    const files = new Files();
    const root = '/browser-profiles/main';
    const folders: string[] = [];
    const { session, guest } = openSession(files, {
      profiles: { defaultMode: 'persistent' },
      createPersistentContext: async (folder, options) => {
        folders.push(folder);
        return await launchPersistent(folder, options);
      },
    });
    const list = (...paths: string[]) =>
      files.all.set(`${root}/files.json`, Buffer.from(JSON.stringify(paths)));
    for (const path of ['Default/Preferences', '../escaped', '/etc/x', 'Local State']) {
      list(path);
      files.all.set(`${root}/files/${path}`, Buffer.from('{}'));
      // eslint-disable-next-line no-await-in-loop -- one after the other
      expect([path, await failure(guest.context({ profile: 'main' }))]).toEqual([
        path,
        'ProfileError',
      ]);
    }
    expect(folders).toEqual([]);
    list('Default/Local Storage/left-over');
    files.all.set(`${root}/files/Default/Local Storage/left-over`, Buffer.from('x'));
    const context = await guest.context({ profile: 'main' });
    const [folder] = folders as [string];
    expect(await readFile(join(folder, 'Default/Local Storage/left-over'), 'utf8')).toBe('x');
    const page = await guest.page(context);
    await guest.call(page, 'goto', pages.url);
    // A link in the folder, as a guest could not make one, is no file of the profile.
    await symlink('/etc/passwd', join(folder, 'Default/Local Storage/link'));
    await writeFile(join(folder, 'Default/Preferences-of-mine'), 'x');
    await guest.call(context, 'close');
    expect(existsSync(folder)).toBe(false);
    const kept = [...files.all.keys()].filter((path) => path.startsWith(`${root}/files/Default/`));
    expect(kept.some((path) => path.includes('/Local Storage/leveldb/'))).toBe(true);
    expect(kept.filter((path) => /link|of-mine|Cache|LOCK/.test(path))).toEqual([]);
    await session.close();
  });

  it('with a folder leave none behind when their session ends, or nothing opens them', async () => {
    const folders: string[] = [];
    const contexts: BrowserContext[] = [];
    const { session, guest } = openSession(new Files(), {
      createPersistentContext: async (folder, options) => {
        folders.push(folder);
        if (folders.length === 1) throw new Error('no browser');
        const context = await launchPersistent(folder, options);
        contexts.push(context);
        return context;
      },
    });
    const profile = { id: 'a', mode: 'persistent' };
    await expect(guest.context({ profile })).rejects.toThrow('no browser');
    await guest.context({ profile });
    await session.close();
    expect(folders).toHaveLength(2);
    await expect.poll(() => folders.filter((folder) => existsSync(folder))).toEqual([]);
  });
});
