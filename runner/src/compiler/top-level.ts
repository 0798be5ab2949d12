import { Visitor, type ParseResult, type VisitorObject } from 'oxc-parser';

/** Whether a module awaits outside of any function. */
export function hasTopLevelAwait({ program }: ParseResult): boolean {
  const scope = new FunctionDepth();
  let found = false;
  const note = () => void (found ||= scope.depth === 0);
  new Visitor({
    ...scope.visitor({ arrows: true }),
    AwaitExpression: note,
    ForOfStatement: (node) => node.await && note(),
    VariableDeclaration: (node) => node.kind === 'await using' && note(),
  }).visit(program);
  return found;
}

const ARGUMENTS = 'arguments';

/**
 * `arguments` outside of any function is a name like any other in a module, and would be the
 * loader's in the function that the module becomes. Another unknown name takes its place.
 */
export function withoutArguments(code: string, { program }: ParseResult): string {
  if (!code.includes(ARGUMENTS)) return code;
  const scope = new FunctionDepth();
  const found: number[] = [];
  new Visitor({
    ...scope.visitor({ arrows: false }),
    Identifier: ({ name, start, end }) => {
      const isWord = name === ARGUMENTS && end - start === ARGUMENTS.length;
      if (isWord && scope.depth === 0) found.push(start);
    },
  }).visit(program);
  const isProperty = propertyNames(found, program);
  let standIn = 'argument$';
  for (let i = 0; code.includes(standIn); i++) standIn = `$${i}`.padEnd(ARGUMENTS.length, '_');
  let text = code;
  for (const start of found) {
    if (isProperty.has(start)) continue;
    text = text.slice(0, start) + standIn + text.slice(start + ARGUMENTS.length);
  }
  return text;
}

/** Of those places, the ones that name a property and no variable. */
function propertyNames(places: readonly number[], program: ParseResult['program']): Set<number> {
  const names = new Set<number>();
  if (places.length === 0) return names;
  const note = (node: { computed: boolean; shorthand?: boolean; key?: unknown }) => {
    const { start } = Object(node.key) as { start: number };
    if (!node.computed && !node.shorthand) names.add(start);
  };
  new Visitor({
    MemberExpression: ({ computed, property }) => !computed && names.add(property.start),
    Property: note,
    MethodDefinition: note,
    PropertyDefinition: note,
  }).visit(program);
  return names;
}

/** How many functions a place is inside of. */
class FunctionDepth {
  depth = 0;

  visitor({ arrows }: { arrows: boolean }): VisitorObject {
    const enter = () => void this.depth++;
    const leave = () => void this.depth--;
    return {
      FunctionDeclaration: enter,
      'FunctionDeclaration:exit': leave,
      FunctionExpression: enter,
      'FunctionExpression:exit': leave,
      StaticBlock: enter,
      'StaticBlock:exit': leave,
      ...(arrows ? { ArrowFunctionExpression: enter, 'ArrowFunctionExpression:exit': leave } : {}),
    };
  }
}
