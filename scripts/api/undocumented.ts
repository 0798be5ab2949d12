import type { Module } from './page.ts';
import { ROOT } from './program.ts';

/** What is exported without a doc comment. Generated types are described field by field, by what they are made of. */
export function undocumented(modules: readonly Module[]): string[] {
  return modules
    .flatMap(({ entries }) => entries)
    .filter(({ doc, file }) => doc === '' && !file.includes('/generated/'))
    .map(({ name, file }) => `${name} (${file.replace(ROOT, '')})`);
}
