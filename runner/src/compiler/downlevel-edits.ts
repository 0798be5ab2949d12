import type { Edits } from './downlevel-text.ts';

export interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  async?: boolean;
  await?: boolean;
  delegate?: boolean;
  generator?: boolean;
  directive?: string;
  kind?: string;
  name?: string;
  argument?: SyntaxNode | null;
  declarations?: SyntaxNode[];
  expression?: SyntaxNode;
  finalizer?: SyntaxNode | null;
  handler?: SyntaxNode | null;
  id?: SyntaxNode | null;
  init?: SyntaxNode | null;
  left?: SyntaxNode;
  right?: SyntaxNode;
  /** A node or a list of them, by type. */
  body?: unknown;
}

export interface Visit {
  node: SyntaxNode;
  parent: SyntaxNode;
  /** The async function that runs this code; `undefined` in code that nothing can leave. */
  frame: SyntaxNode | undefined;
  /** Where the labels of this statement begin. */
  label: number | undefined;
}

/** Names that the text does not contain. */
export interface Names {
  /** Has a frame whatever function it is: a module's body begins where no scope is. */
  outermost: SyntaxNode;
  /** Makes a function's frame. */
  enter: string;
  frame: string;
  /** Begins the names of things that are disposed of. */
  held: string;
}

type Editor = (visit: Visit, edits: Edits, names: Names) => void;

export function editsOf(visit: Visit, edits: Edits, names: Names): void {
  const editor = EDITORS[visit.node.type];
  if (editor && (visit.frame || editor === editFunction)) editor(visit, edits, names);
}

const EDITORS: { [type: string]: Editor | undefined } = {
  __proto__: null as never,
  FunctionDeclaration: editFunction,
  FunctionExpression: editFunction,
  ArrowFunctionExpression: editFunction,
  AwaitExpression: editAwait,
  YieldExpression: editYield,
  ReturnStatement: editReturn,
  TryStatement: editTry,
  ForOfStatement: editForOf,
  ForStatement: refuseInHead,
  VariableDeclaration: editUsing,
  BlockStatement: editBlock,
};

/** The frame ends with the function, whichever way that ends. */
function editFunction({ node }: Visit, edits: Edits, { enter, frame, outermost }: Names): void {
  if (!node.async && node !== outermost) return;
  const body = node.body as SyntaxNode;
  const head = `const ${frame}=${enter}();try{`;
  const tail = `}finally{${frame}.leave()}`;
  if (body.type !== 'BlockStatement') {
    return edits.wrap(body.start, body.end, [`{${head}return `, `${tail}}`]);
  }
  const directives = (body.body as SyntaxNode[]).filter((statement) => statement.directive);
  const last = directives.at(-1);
  edits.wrap(last?.end ?? body.start + 1, body.end - 1, [(last ? ';' : '') + head, tail]);
}

function editAwait({ node }: Visit, edits: Edits, { frame }: Names): void {
  const argument = node.argument!;
  edits.wrap(node.start, node.end, [`${frame}.take(`, ')']);
  edits.wrap(argument.start, argument.end, [gap(node, argument) + `${frame}.give(`, ')']);
}

/** `await/x/` and `return(x)` have nothing between them, and a name follows now. */
function gap(node: SyntaxNode, argument: SyntaxNode): string {
  const length = node.type === 'ReturnStatement' ? 'return'.length : 'await'.length;
  return argument.start === node.start + length ? ' ' : '';
}

function editYield({ node }: Visit, edits: Edits, { frame }: Names): void {
  const { argument } = node;
  const close = argument ? ')' : ` ${frame}.give())`;
  edits.wrap(node.start, node.end, [`${frame}.back(`, close]);
  if (!argument) return;
  const keeper = node.delegate ? `${frame}.delegate(` : `${frame}.give(`;
  edits.wrap(argument.start, argument.end, [` ${keeper}`, ')']);
}

/** An async generator waits for what it returns, before its `finally` blocks run. */
function editReturn({ node, frame }: Visit, edits: Edits, names: Names): void {
  const { argument } = node;
  if (!frame!.generator || !argument) return;
  edits.wrap(argument.start, argument.end, [`${gap(node, argument)}${names.frame}.give((`, '))']);
}

/** Where code goes on after a rejection: `take` was not reached. */
function editTry({ node }: Visit, edits: Edits, { frame }: Names): void {
  for (const block of [node.handler?.body, node.finalizer] as (SyntaxNode | undefined)[]) {
    if (block) edits.replace(block.start + 1, block.start + 1, `${frame}.restore();`);
  }
}

/** The iterator of a loop is closed in the loop's context, also when its body was left by a rejection. */
function editForOf(visit: Visit, edits: Edits, names: Names): void {
  const { node } = visit;
  if (node.await) editForAwait(visit, edits, names);
  const body = node.body as SyntaxNode;
  const restore = `${names.frame}.restore()`;
  const held = heldInHead(node.left as SyntaxNode, edits, names);
  const head = `{try{${node.await ? `${restore};` : ''}${held}`;
  edits.wrap(body.start, body.end, [head, `}finally{${restore}}}`]);
}

function editForAwait({ node, label }: Visit, edits: Edits, { frame }: Names): void {
  edits.wrap(label ?? node.start, node.end, ['try{', `}finally{${frame}.restore()}`]);
  const each = runsCode(node.left as SyntaxNode) ? 'eachRead' : 'each';
  edits.wrap(node.right!.start, node.right!.end, [`${frame}.${each}(`, ')']);
}

/** Whether assigning to the head may call something: then it has to be in its context already. */
function runsCode(left: SyntaxNode): boolean {
  if (left.type !== 'VariableDeclaration') return left.type !== 'Identifier';
  return left.declarations![0]!.id!.type !== 'Identifier';
}

/** `using` in a loop's head becomes one in its body, which is left before the next step is asked for. */
function heldInHead(left: SyntaxNode, edits: Edits, names: Names): string {
  if (left.type !== 'VariableDeclaration' || !isUsing(left)) return '';
  const id = left.declarations![0]!.id!;
  const held = names.held + left.start;
  edits.replace(left.start, id.start, 'const ');
  if (left.kind === 'using') {
    return `using ${held}=${id.name!},${held}_=${names.frame};`;
  }
  return `await using ${held}=${names.frame}.resource(${id.name!});`;
}

function isUsing({ kind }: SyntaxNode): boolean {
  return kind === 'using' || kind === 'await using';
}

/** What is declared last is disposed of first: the frame, which restores the context for the others. */
function editUsing({ node, parent }: Visit, edits: Edits, names: Names): void {
  if (!isUsing(node) || parent.type === 'ForOfStatement') return;
  const declarations = node.declarations as SyntaxNode[];
  const last = declarations.at(-1)!;
  if (node.kind === 'using') {
    return edits.wrap(last.start, last.end, ['', `,${names.held}${node.start}=${names.frame}`]);
  }
  if (parent.type === 'SwitchCase') throw new SyntaxError(NO_BLOCK);
  let start = node.start;
  let before = '';
  for (const declarator of declarations) {
    edits.replace(start, declarator.start, `${before}const `);
    before = `;await using ${names.held}${declarator.start}=${names.frame}.resource(${declarator.id!.name!});`;
    start = declarator.end;
  }
  edits.wrap(last.start, last.end, ['', before]);
}

const NO_BLOCK = 'await using has to stand in a block, where async context is used';

function refuseInHead({ node }: Visit): void {
  if (node.init?.kind === 'await using') throw new SyntaxError(NO_BLOCK);
}

/** Behind a block that waits for what it disposes of. */
function editBlock({ node, frame }: Visit, edits: Edits, names: Names): void {
  if (node === frame!.body) return;
  const waits = (node.body as SyntaxNode[]).some(({ kind }) => kind === 'await using');
  if (!waits) return;
  edits.wrap(node.start + 1, node.end - 1, ['try{', `}finally{${names.frame}.restore()}`]);
}
