import type { Project } from 'typescript/unstable/sync';
import type { ClassDeclaration, Node } from 'typescript/unstable/ast';
import { textOf } from './source-text.ts';

/** A field, a method or a constructor of something that is exported. */
export interface Member {
  /** As TypeScript, without comments. */
  signature: string;
  doc: string;
}

type Named = Node & { name?: Node; body?: Node; initializer?: Node };

export function memberOf(node: Node, { checker }: Project): Member {
  const { name, body, initializer } = node as Named;
  const symbol = name && checker.getSymbolAtLocation(name);
  const doc = symbol ? checker.getDocumentationCommentOfSymbol(symbol) : '';
  return { signature: oneLine(textOf(node, body ?? initializer)), doc };
}

/** Those that others may use. */
export function classMembers(node: ClassDeclaration, project: Project): Member[] {
  return node.members
    .map((member) => memberOf(member, project))
    .filter(
      ({ signature }) =>
        !/^(?:static\s+)?(?:readonly\s+)?(?:#|private |protected )/.test(signature),
    );
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/\( /g, '(').replaceAll(/,? \)/g, ')');
}
