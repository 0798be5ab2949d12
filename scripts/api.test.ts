import { beforeAll, describe, expect, it } from 'vitest';
import type { Entry } from './api/entry.ts';
import { readModules } from './api/modules.ts';
import { apiPage, type Module } from './api/page.ts';
import { undocumented } from './api/undocumented.ts';

const FILES = [
  { specifier: 'cofferdam', file: 'sdk/src/index.ts', about: 'For Node.' },
  { specifier: 'cofferdam/client', file: 'sdk/src/client/index.ts', about: 'For all.' },
];

describe('the API reference', () => {
  let modules: Module[];
  beforeAll(async () => {
    modules = await readModules(FILES);
  });
  const entry = (name: string, at = 0): Entry =>
    modules[at]!.entries.find((each) => each.name === name)!;
  const docOf = (name: string, signature: string) =>
    entry(name).members.find((member) => member.signature === signature)?.doc;

  it('has signatures without bodies, and comments', () => {
    const { kind, signature, doc } = entry('createIsolateHost');
    const wanted =
      'function createIsolateHost(options?: CreateIsolateHostOptions): Promise<IsolateHost>';
    expect([kind, signature]).toEqual(['function', wanted]);
    expect(doc).toContain('DEADLINE_EXCEEDED');
  });

  it('has the fields of options with units, bounds and defaults', () => {
    expect(docOf('CreateRuntimeOptions', 'memoryLimitMB?: number')).toMatch(
      /MiB.*16 to 2,048.*Default 128/s,
    );
  });

  it('says of types made from schemas what their fields are', () => {
    expect(docOf('TypecheckRequest', 'code: string')).toBe('At most 1 MiB of UTF-8.');
    expect(entry('ErrorCode').signature).toContain('"RUNTIME_ENDED"');
  });

  it('shows of a class what others may use', () => {
    const signatures = entry('ScriptError').members.map(({ signature }) => signature);
    expect(signatures).toContain('readonly code: ErrorCode');
    expect(signatures.filter((text) => /#|private|[{]$/.test(text))).toEqual([]);
  });

  it('names what two entries export once', () => {
    expect(entry('createClient')).toBeDefined();
    expect(entry('createClient', 1)).toBeUndefined();
    expect(entry('ExecuteBody', 1)).toBeDefined();
    expect(apiPage(modules).match(/^#### createClient$/gm)).toHaveLength(1);
  });

  it('refuses what has no comment, but for generated types', () => {
    expect(undocumented(modules)).toEqual([]);
    const bare: Entry = { name: 'bare', kind: 'type', file: 'sdk/src/a.ts', doc: '', members: [] };
    const generated = { ...bare, file: 'sdk/src/client/generated/api.ts' };
    const module = { specifier: 'x', about: '', entries: [bare, generated] };
    expect(undocumented([module])).toEqual(['bare (sdk/src/a.ts)']);
  });
});
