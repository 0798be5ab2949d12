import { CofferdamError } from '@cofferdam/protocol';
import { createModuleResolver } from '../bindings/modules/create-module-resolver.ts';
import { aFunction, invalid } from '../options/check.ts';
import type { FallbackLoader, ModuleResolver, ModuleSource, SourceTreeLoader } from '../types.ts';
import { guestHandler, type GuestCall } from './guest-call.ts';

const MAX_ENTRIES = 10_000;

/** A resolver of the host's own, made of what a guest's was told. Throws `INVALID_INPUT`. */
export function guestModules(value: unknown): ModuleResolver {
  const { entries, resolve } = Object(value) as { entries?: unknown; resolve?: unknown };
  if (entries === undefined) return asking(aFunction(resolve, 'bindings.modules.resolve'));
  if (!Array.isArray(entries) || entries.length > MAX_ENTRIES) {
    throw new CofferdamError(
      'INVALID_INPUT',
      `bindings.modules has more than ${MAX_ENTRIES} rules`,
    );
  }
  const resolver = createModuleResolver();
  for (const entry of entries) add(resolver, entry);
  return resolver;
}

function add(resolver: ModuleResolver, entry: unknown): void {
  if (!Array.isArray(entry)) throw invalid('bindings.modules', 'a list of rules', entry);
  const [kind, first, second, third] = entry as unknown[];
  if (kind === 'virtual') {
    const source = second as string | (() => Promise<string>);
    resolver.virtual(first as string, source, third as Partial<ModuleSource>);
  } else if (kind === 'sourceTree') {
    resolver.sourceTree(first as string, loader(second) as SourceTreeLoader);
  } else if (kind === 'fallback') {
    resolver.fallback(loader(first) as FallbackLoader);
  } else throw invalid('bindings.modules', 'a list of known rules', kind);
}

function loader(value: unknown): unknown {
  return guestHandler(aFunction(value, 'loader') as unknown as GuestCall);
}

/** A resolver that a guest wrote itself: what it answers is checked as any resolver's is. */
function asking(resolve: unknown): ModuleResolver {
  const ask = guestHandler(resolve as GuestCall);
  return { resolve: (...args: unknown[]) => ask(...args) } as unknown as ModuleResolver;
}
