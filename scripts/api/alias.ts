import type { Project, Symbol } from 'typescript/unstable/sync';
import type { TypeAliasDeclaration } from 'typescript/unstable/ast';
import { isTypeLiteralNode } from 'typescript/unstable/ast/is';
import { memberOf, oneLine, type Member } from './member.ts';
import { textOf } from './source-text.ts';

interface Context {
  symbol: Symbol;
  project: Project;
}
interface AliasParts {
  signature?: string;
  members: Member[];
}

/** Says of a type alias what it is: types that are computed from values, as what comes out. */
export async function aliasParts(
  node: TypeAliasDeclaration,
  { symbol, project }: Context,
): Promise<AliasParts> {
  if (isTypeLiteralNode(node.type)) {
    return { members: node.type.members.map((member) => memberOf(member, project)) };
  }
  const text = textOf(node);
  const type = project.checker.getDeclaredTypeOfSymbol(symbol);
  if (text.includes('Static<') && type.isObjectType()) {
    return { members: await fieldsOf(node, { symbol, project }) };
  }
  if (!/\btypeof\b|Static</.test(text)) return { members: [], signature: text };
  return { members: [], signature: `type ${symbol.name} = ${shown(project, type)}` };
}

const NO_TRUNCATION = 1;
const IN_TYPE_ALIAS = 8_388_608;
type Type = Parameters<Project['checker']['typeToString']>[0];

function shown({ checker }: Project, type: Type): string {
  return checker.typeToString(type, undefined, NO_TRUNCATION | IN_TYPE_ALIAS);
}

interface Schema {
  properties?: Record<string, { description?: string }>;
}

const OPTIONAL = 16_777_216;

/** Fields of a type that is computed from the schema `<its name>Schema` beside it, which describes them. */
async function fieldsOf(
  node: TypeAliasDeclaration,
  { symbol, project }: Context,
): Promise<Member[]> {
  const module = (await import(node.getSourceFile().fileName)) as Record<
    string,
    Schema | undefined
  >;
  const described = module[`${symbol.name}Schema`]?.properties ?? {};
  const { checker } = project;
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  return checker.getPropertiesOfType(type).map((field) => {
    const isOptional = (field.flags & OPTIONAL) !== 0;
    const text = shown(project, checker.getTypeOfSymbol(field)!);
    const signature = `${field.name}${isOptional ? '?' : ''}: ${text.replace(/ \| undefined$/, '')}`;
    return { signature: oneLine(signature), doc: described[field.name]?.description ?? '' };
  });
}
