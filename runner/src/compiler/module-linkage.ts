import type { ParseResult } from 'oxc-parser';
import type { CompiledModule } from './compiled-module.ts';

type Linkage = Pick<CompiledModule, 'deps' | 'own' | 'reexports' | 'stars'>;

/** What a module takes from others and gives to them. */
export function linkage({ module }: ParseResult): Linkage {
  const requests: { specifier: string; at: number; names: string[] }[] = [];
  for (const { moduleRequest, entries } of module.staticImports) {
    const names = entries.map(({ importName }) => importedName(importName));
    requests.push({ specifier: moduleRequest.value, at: moduleRequest.start, names: some(names) });
  }
  const exported: Omit<Linkage, 'deps'> = { own: [], reexports: [], stars: [] };
  for (const entry of module.staticExports.flatMap(({ entries }) => entries)) {
    const { moduleRequest, importName, exportName } = entry;
    const name = exportName.kind === 'Default' ? 'default' : exportName.name;
    if (name !== null) exported.own.push(name);
    if (!moduleRequest) continue;
    const { value: specifier, start: at } = moduleRequest;
    const imported = importedName(importName);
    requests.push({ specifier, at, names: some([imported]) });
    if (name === null) exported.stars.push(specifier);
    else exported.reexports.push({ name, specifier, ...(imported && { imported }) });
  }
  requests.sort((a, b) => a.at - b.at);
  return { deps: merged(requests), ...exported };
}

/** `undefined` for a whole namespace. */
function importedName({ kind, name }: { kind: string; name: string | null }): string | undefined {
  return kind === 'Default' ? 'default' : (name ?? undefined);
}

function some(names: readonly (string | undefined)[]): string[] {
  return names.filter((name) => name !== undefined);
}

function merged(requests: readonly { specifier: string; names: string[] }[]): Linkage['deps'] {
  const deps = new Map<string, Set<string>>();
  for (const { specifier, names } of requests) {
    const known = deps.get(specifier) ?? new Set();
    for (const name of names) known.add(name);
    deps.set(specifier, known);
  }
  return [...deps].map(([specifier, names]) => ({ specifier, names: [...names] }));
}
