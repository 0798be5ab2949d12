import type { Project, Symbol } from 'typescript/unstable/sync';
import type { Node } from 'typescript/unstable/ast';
import {
  isClassDeclaration,
  isFunctionDeclaration,
  isInterfaceDeclaration,
  isTypeAliasDeclaration,
} from 'typescript/unstable/ast/is';
import { classMembers, memberOf, type Member } from './member.ts';
import { aliasParts } from './alias.ts';
import { textOf } from './source-text.ts';

/** Something that a module exports. */
export interface Entry {
  name: string;
  kind: 'function' | 'class' | 'type' | 'value';
  /** The path of the file that declares it, from the root of the repository. */
  file: string;
  /** As TypeScript, where its members do not say it. */
  signature?: string | undefined;
  doc: string;
  members: Member[];
}

/** A description of what a symbol stands for, whoever re-exports it. */
export async function entryOf(symbol: Symbol, project: Project): Promise<Entry> {
  const { name } = symbol;
  const node = symbol.declarations[0]?.resolve(project);
  if (!node) throw new Error(`${name} is declared nowhere`);
  const file = node.getSourceFile().fileName;
  const doc = project.checker.getDocumentationCommentOfSymbol(symbol);
  return { name, file, doc, ...(await partsOf(node, { symbol, project })) };
}

type Parts = Pick<Entry, 'kind' | 'signature' | 'members'>;
interface Context {
  symbol: Symbol;
  project: Project;
}

async function partsOf(node: Node, context: Context): Promise<Parts> {
  if (isFunctionDeclaration(node)) {
    return { kind: 'function', signature: textOf(node, node.body), members: [] };
  }
  if (isClassDeclaration(node)) {
    const signature = textOf(node, node.members[0]).replace(/\s*\{[^]*$/, '');
    return {
      kind: 'class',
      signature: `${signature} {}`,
      members: classMembers(node, context.project),
    };
  }
  if (isInterfaceDeclaration(node)) {
    const members = node.members.map((member) => memberOf(member, context.project));
    return { kind: 'type', signature: heritage(textOf(node)), members };
  }
  if (isTypeAliasDeclaration(node)) return { kind: 'type', ...(await aliasParts(node, context)) };
  return { kind: 'value', signature: `const ${textOf(node)}`, members: [] };
}

/** `interface A extends B {}`; the name alone says nothing that the headline does not. */
function heritage(text: string): string | undefined {
  const head = text.slice(0, text.indexOf('{')).trim();
  return / extends |</.test(head) ? `${head} {}` : undefined;
}
