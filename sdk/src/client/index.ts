export type * from './generated/api.ts';
export type * from './operation.ts';
export type { ClientOptions } from './options.ts';
export type { RunEvent } from './events.ts';
export type { ModuleBytes } from './transport.ts';
export type * from './client.ts';
export { createClient } from './client.ts';
export { CofferdamApiError, type ApiErrorFacts } from './error.ts';
