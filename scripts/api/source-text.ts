import { readFileSync } from 'node:fs';
import type { Node } from 'typescript/unstable/ast';

const LEADING = /^(?:\s|\/\*[^]*?\*\/|\/\/.*\n)+/;
const COMMENTS = /\/\*[^]*?\*\/\s*|(?<=^|\s)\/\/.*$/gm;
/** What says how a thing is kept, and nothing to who uses it. */
const KEYWORDS = /^(?:(?:export|declare|default|async|override)\s+)+/;

const texts = new Map<string, string>();

function fileText(node: Node): string {
  const { fileName } = node.getSourceFile();
  let text = texts.get(fileName);
  if (text === undefined) texts.set(fileName, (text = readFileSync(fileName, 'utf8')));
  return text;
}

/** The source of a node without comments, up to where its body or first value begins. */
export function textOf(node: Node, end?: Node): string {
  const text = fileText(node).slice(node.pos, end?.pos ?? node.end);
  return text
    .replace(LEADING, '')
    .replaceAll(COMMENTS, '')
    .replace(KEYWORDS, '')
    .replace(end ? /[\s={]+$/ : /[\s;,]+$/, '');
}
