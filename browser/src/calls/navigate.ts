import type { Frame, Page } from 'playwright-core';
import { allowedAddress } from '../addresses.ts';
import { optionsOf, plainArguments } from './arguments.ts';
import { invoke, type Call, type SpecialCall } from './call.ts';

/** Larger ones take more memory for a picture than a guest may have. */
const MAX_SIDE = 10_000;

async function goto({ core, subject, args }: Call): Promise<unknown> {
  const [address, options] = args;
  const target = subject.target as Page | Frame;
  const page = subject.className === 'Frame' ? (target as Frame).page() : (target as Page);
  const base = core.tracked.pageOf(page)?.context.baseURL;
  return await target.goto(allowedAddress(address, base), optionsOf(options));
}

async function setViewportSize({ subject, args }: Call): Promise<unknown> {
  checkSize(args[0]);
  return await invoke(subject, plainArguments(args));
}

/** Throws for a viewport or screen that is none. */
export function checkSize(size: unknown): void {
  const { width, height } = optionsOf(size);
  const isSide = (side: unknown) =>
    Number.isInteger(side) && Number(side) > 0 && Number(side) <= MAX_SIDE;
  if (isSide(width) && isSide(height)) return;
  throw new TypeError(`A width and a height of 1 to ${MAX_SIDE} are needed`);
}

export const NAVIGATIONS: Readonly<Record<string, SpecialCall>> = {
  '*.goto': goto,
  'Page.setViewportSize': setViewportSize,
};
