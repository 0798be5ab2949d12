import type { BrowserContext, Page } from 'playwright-core';
import { bounded } from '../bounded.ts';
import { closeContext as closeContextOf } from '../close-context.ts';
import { checkPermissions, readContextOptions } from '../context-options.ts';
import type { SessionCore } from '../core.ts';
import { BrowserError } from '../errors.ts';
import { readText, writeText } from '../file-access.ts';
import { parseStorageState } from '../profiles/storage-state.ts';
import type { TrackedContext } from '../tracked.ts';
import { fieldOf, optionsOf, plainArguments } from './arguments.ts';
import { invoke, type Call, type SpecialCall } from './call.ts';

async function newContext({ core, args }: Call): Promise<BrowserContext> {
  const { given, baseURL, profile, storageState } = readContextOptions(args[0]);
  if (profile) {
    if (storageState !== undefined) {
      throw new TypeError('profile and storageState cannot be given together');
    }
    return await openWithProfile(core, { given, baseURL, profile });
  }
  const state = await stateFrom(core, storageState);
  const options = state === undefined ? given : { ...given, storageState: state };
  const open = async () => await create(core, options);
  return (await core.tracked.openContext(open, { baseURL, profile: undefined })).context;
}

type WithProfile = Omit<ReturnType<typeof readContextOptions>, 'storageState'>;

async function openWithProfile(
  core: SessionCore,
  { given, baseURL, profile: asked }: WithProfile,
): Promise<BrowserContext> {
  if (!core.profiles || !asked) {
    throw new BrowserError('ProfileError', 'The host gave no profiles');
  }
  const profile = await core.profiles.open(asked.id, asked.mode);
  const open = async () => {
    const { userDataDir, storageState } = profile;
    if (userDataDir === undefined) return await create(core, { ...given, ...storageState });
    const { createPersistentContext } = core.options;
    if (!createPersistentContext) throw missing('createPersistentContext');
    return await createPersistentContext(userDataDir, given);
  };
  try {
    return (await core.tracked.openContext(open, { baseURL, profile })).context;
  } catch (error) {
    await profile.abandon();
    throw error;
  }
}

async function create(
  { options }: SessionCore,
  given: Record<string, unknown> | undefined,
): Promise<BrowserContext> {
  if (!options.createContext) throw missing('createContext');
  return await options.createContext(given);
}

function missing(name: string): BrowserError {
  return new BrowserError('BrowserRefusedError', `The host gave no ${name}()`);
}

/** What a guest gives is for the context alone; Playwright would read a text as a path of the host's. */
async function stateFrom(core: SessionCore, given: unknown): Promise<object | undefined> {
  if (given === undefined) return undefined;
  const text = typeof given === 'string' ? await readText(core.options.files, given) : given;
  return parseStorageState(text);
}

async function saveState({ core, subject, args }: Call): Promise<unknown> {
  const path = fieldOf(args[0], 'path');
  const options = optionsOf(args[0], 'path');
  const state = await (subject.target as BrowserContext).storageState(options);
  if (path !== undefined) await writeText(core.options.files, path, JSON.stringify(state));
  return state;
}

function contexts({ core }: Call): BrowserContext[] {
  return core.tracked.contexts.map(({ context }) => context);
}

function pages({ core, subject }: Call): Page[] {
  const mine = core.tracked.pages.filter(({ context }) => context.context === subject.target);
  return mine.map(({ page }) => page);
}

async function newPage({ core, subject }: Call): Promise<Page> {
  const context = subject.target as BrowserContext;
  const { createPage } = core.options;
  const open = async () => await (createPage ? createPage(context) : context.newPage());
  return (await core.tracked.openPage(open)).page;
}

async function closeContext({ core, subject }: Call): Promise<void> {
  const tracked = core.tracked.contextOf(subject.target as BrowserContext);
  if (tracked && !tracked.isClosing) await closeTracked(core, tracked);
}

/** Keeps the profile, where there is one; what is closed before is kept as far as it is known. */
async function closeTracked(core: SessionCore, tracked: TrackedContext): Promise<void> {
  tracked.isClosing = true;
  const { context, profile } = tracked;
  const { closeMs } = core.limits;
  try {
    await profile?.beforeClose(context);
  } finally {
    await bounded(closeContextOf(core.options, context), closeMs);
    core.tracked.endContext(tracked, 'The context has been closed');
    await profile?.afterClose();
  }
}

async function closePage({ core, subject, args }: Call): Promise<void> {
  const tracked = core.tracked.pageOf(subject.target as Page);
  await bounded(invoke(subject, plainArguments(args)) as Promise<void>, core.limits.closeMs);
  const isStaying = fieldOf(args[0], 'runBeforeUnload') === true;
  if (tracked && !isStaying) core.tracked.endPage(tracked, 'The page has been closed');
}

async function grantPermissions({ subject, args }: Call): Promise<unknown> {
  checkPermissions(args[0]);
  return await invoke(subject, plainArguments(args));
}

export const CONTEXT_CALLS: Readonly<Record<string, SpecialCall>> = {
  'Browser.newContext': newContext,
  'Browser.contexts': contexts,
  'Context.pages': pages,
  'Context.newPage': newPage,
  'Context.close': closeContext,
  'Context.grantPermissions': grantPermissions,
  'Context.storageState': saveState,
  'Page.close': closePage,
};
