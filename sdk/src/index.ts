export { CofferdamError, type ConsoleLevel, type ErrorCode } from '@cofferdam/protocol';
export {
  createTypechecker,
  formatTypecheckErrors,
  getTypeProfile,
  typecheck,
  type Capability,
  type DeclarationFile,
  type ProfileName,
  type Typechecker,
  type TypecheckerOptions,
  type TypecheckError,
  type TypecheckRequest,
  type TypecheckResult,
  type TypeProfile,
  type TypeProfileOptions,
} from '@cofferdam/typecheck';
export type * from './bindings/browser/types.ts';
export { createFileBindings } from './bindings/files/create-file-bindings.ts';
export type { FileBindingsOptions } from './bindings/files/options.ts';
export { createModuleResolver } from './bindings/modules/create-module-resolver.ts';
export { createIsolateHost } from './host/host.ts';
export { ScriptError } from './host/script-error.ts';
export { createSafeFetch } from './safe-fetch/create-safe-fetch.ts';
export type * from './safe-fetch/types.ts';
export { createSandbox } from './sandbox/create-sandbox.ts';
export type * from './sandbox/types.ts';
export { junitXml } from './tests/junit-xml.ts';
export type * from './nested/types.ts';
export type * from './sessions/types.ts';
export type * from './tests/types.ts';
export type * from './server/types.ts';
export type * from './types.ts';
export type * from './workers/types.ts';
export { V8Sandbox } from './workers/v8-sandbox.ts';
export {
  CofferdamApiError,
  createClient,
  type CallOptions,
  type ClientOptions,
  type CofferdamClient,
  type RunAnswer,
  type RunEvent,
} from './client/index.ts';
