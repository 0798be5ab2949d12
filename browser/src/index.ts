export { createSessionHandler } from './handler.ts';
export type { BrowserFiles, BrowserSessionOptions } from './options.ts';
export { BrowserSession } from './session.ts';
