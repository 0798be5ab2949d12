import type { Entry } from './entry.ts';
import type { Member } from './member.ts';

const NOTE =
  '<!-- Written by scripts/generate-api.ts from the doc comments of what the package exports. Change these, then `npm run generate`. -->';

/** One of the package's entries, with what it exports and no entry before it. */
export interface Module {
  specifier: string;
  about: string;
  entries: Entry[];
}

const KINDS = [
  ['function', 'Functions'],
  ['class', 'Classes'],
  ['value', 'Values'],
  ['type', 'Types'],
] as const;

export function apiPage(modules: readonly Module[]): string {
  const intro = [
    '# API reference of the package `cofferdam`',
    NOTE,
    'Every option is checked when it is given: what is wrong throws `INVALID_INPUT`, with a message that names the option. Codes of errors are in [errors.md](errors.md).',
  ];
  return [...intro, ...modules.flatMap(moduleText)].join('\n\n');
}

function moduleText({ specifier, about, entries }: Module): string[] {
  const parts = KINDS.flatMap(([kind, title]) => {
    const those = entries.filter((entry) => entry.kind === kind);
    if (those.length === 0) return [];
    return [`### ${title} of \`${specifier}\``, ...those.flatMap(entryText)];
  });
  return [`## \`${specifier}\``, about, ...parts];
}

function entryText({ name, signature, doc, members }: Entry): string[] {
  return [
    `#### ${name}`,
    paragraphs(doc),
    signature === undefined ? '' : ['```ts', signature, '```'].join('\n'),
    members.map(memberText).join('\n'),
  ].filter((text) => text !== '');
}

function memberText({ signature, doc }: Member): string {
  const text = doc === '' ? '' : `: ${paragraphs(doc).replaceAll('\n', '\n  ')}`;
  return `- \`${signature}\`${text}`;
}

/** Lines of a comment are broken where the source is; only an empty one ends a paragraph. */
function paragraphs(doc: string): string {
  return doc
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replaceAll(/\s*\n\s*/g, ' '))
    .join('\n\n');
}
