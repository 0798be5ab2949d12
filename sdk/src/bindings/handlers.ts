import {
  BindingBrowserSchema,
  BindingFetchSchema,
  BindingWebSocketSchema,
  CofferdamError,
  FilesQuerySchema,
  ModulesQuerySchema,
  parser,
  RUNTIME_METHODS,
  SourcesQuerySchema,
  type CallHandler,
  type IncomingCall,
} from '@cofferdam/protocol';
import type { FileBindings, ModuleResolver } from '../types.ts';
import { serveBrowser } from './browser/serve-browser.ts';
import { serveFetch } from './fetch/serve-fetch.ts';
import type { BindingScope, ResourceKind } from './scope.ts';
import { serveFiles } from './serve-files.ts';
import { serveModules, serveSources } from './serve-modules.ts';
import { SourceStore } from './source-store.ts';
import { serveWebSocket, type WebSocketBinding } from './web-socket/serve-web-socket.ts';

/** Finds a runtime's bindings by its id. */
export type Scopes = ReadonlyMap<string, BindingScope>;

const readBrowser = parser(BindingBrowserSchema, 'PROTOCOL_VIOLATION');
const readFetch = parser(BindingFetchSchema, 'PROTOCOL_VIOLATION');
const readWebSocket = parser(BindingWebSocketSchema, 'PROTOCOL_VIOLATION');
const readModules = parser(ModulesQuerySchema, 'PROTOCOL_VIOLATION');
const readSources = parser(SourcesQuerySchema, 'PROTOCOL_VIOLATION');
const readFiles = parser(FilesQuerySchema, 'PROTOCOL_VIOLATION');

/** What a keeper may ask of an embedder for the guests of its runtimes. */
export function bindingHandlers(scopes: Scopes): Record<string, CallHandler> {
  const sources = new SourceStore();
  return {
    [RUNTIME_METHODS.fetch]: (call) => {
      const { runtimeId, requestId, ...start } = readFetch(call.payload);
      return serveFetch(find(scopes, runtimeId), call, { start, requestId });
    },
    [RUNTIME_METHODS.webSocket]: (call) => {
      const { runtimeId, requestId, ...start } = readWebSocket(call.payload);
      const scope = find(scopes, runtimeId);
      const binding = given(scope, 'webSocket') as WebSocketBinding;
      return within({ scope, requestId }, 'websocket', call, (context) =>
        serveWebSocket(binding, start, { call, context }),
      );
    },
    [RUNTIME_METHODS.files]: (call) => {
      const query = readFiles(call.payload);
      const scope = find(scopes, query.runtimeId);
      const files = given(scope, 'files') as FileBindings;
      return within({ scope, requestId: query.requestId }, 'file', call, (context) =>
        serveFiles(files, query, { call, context, scope }),
      );
    },
    [RUNTIME_METHODS.browser]: (call) => {
      const { runtimeId, ...asked } = readBrowser(call.payload);
      const scope = find(scopes, runtimeId);
      given(scope, 'browser');
      return serveBrowser(scope, asked, call);
    },
    [RUNTIME_METHODS.modules]: (call) => {
      const query = readModules(call.payload);
      const scope = find(scopes, query.runtimeId);
      const resolver = given(scope, 'modules') as ModuleResolver;
      return within({ scope }, 'module', call, (context) =>
        serveModules(resolver, query, { context, sources }),
      );
    },
    [RUNTIME_METHODS.sources]: (call) => {
      const query = readSources(call.payload);
      given(find(scopes, query.runtimeId), 'modules');
      return serveSources(sources, query, call);
    },
  };
}

function find(scopes: Scopes, runtimeId: string): BindingScope {
  const scope = scopes.get(runtimeId);
  if (scope) return scope;
  throw new CofferdamError('RUNTIME_ENDED');
}

function given(scope: BindingScope, name: 'browser' | 'files' | 'modules' | 'webSocket'): unknown {
  const binding = scope.bindings[name];
  if (binding) return binding;
  throw new CofferdamError('FORBIDDEN', `the host gave no ${name} binding`);
}

async function within<T>(
  { scope, requestId }: { scope: BindingScope; requestId?: string | undefined },
  kind: ResourceKind,
  call: IncomingCall,
  work: (context: ReturnType<BindingScope['context']>) => Promise<T>,
): Promise<T> {
  using entered = scope.enter(kind, call.signal, requestId);
  return await work(entered.context);
}
