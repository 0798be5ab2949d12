import { CDP_METHODS } from '@cofferdam/protocol';
import type { CDPSession, Page } from 'playwright-core';
import { refused } from '../errors.ts';
import { optionsOf } from './arguments.ts';
import type { Call, SpecialCall } from './call.ts';

type Send = (method: string, params: Record<string, unknown>) => Promise<unknown>;

async function newCDPSession({ core, subject, args }: Call): Promise<CDPSession> {
  const page = core.tracked.pageOf(args[0] as Page);
  if (!page || page.context.id !== subject.id) {
    throw new TypeError('newCDPSession takes a page of its context');
  }
  const session = await page.context.context.newCDPSession(page.page);
  try {
    core.handles.of('CDPSession', session, page.id);
  } catch (error) {
    await session.detach();
    throw error;
  }
  return session;
}

async function send({ subject, args }: Call): Promise<unknown> {
  const [method, params] = args;
  if (typeof method !== 'string' || !CDP_METHODS.has(method)) {
    throw refused(`A guest may not send ${String(method).slice(0, 128)}`);
  }
  const given = params === undefined ? {} : optionsOf(params);
  return await (subject.target as { send: Send }).send(method, given);
}

async function detach({ core, subject }: Call): Promise<void> {
  const session = subject.target as CDPSession;
  core.handles.drop(session);
  await session.detach();
}

export const CDP_CALLS: Readonly<Record<string, SpecialCall>> = {
  'Context.newCDPSession': newCDPSession,
  'CDPSession.send': send,
  'CDPSession.detach': detach,
};
