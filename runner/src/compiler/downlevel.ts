import { parseSync, visitorKeys } from 'oxc-parser';
import { editsOf, type Names, type SyntaxNode, type Visit } from './downlevel-edits.ts';
import { Edits } from './downlevel-text.ts';

/**
 * Makes an async function, and all those in it, keep their async context: `await`, `yield`,
 * `for await`, `await using` and what may follow a rejection tell a frame of their function that
 * they leave and come back (`runtimes/guest/async-context/frame.ts` is the other half).
 *
 * Why not lower them to generators. V8's own await takes no notice of a patched `then`, so something
 * has to be rewritten. oxc has no switch for async functions alone: its target es2016 rewrites class
 * fields, private names and object spread too (a WeakMap for each field), gets `new.target` in async
 * arrows wrong, and writes `const _excluded` in front of the expression. esbuild can be told
 * (`supported`), but brings a process of its own to the compiler, and each await then costs 1.5 µs.
 * What is written here stays native: semantics, line numbers and async stack traces are V8's, one
 * await costs a tenth of that, and it can be bounded: only the six places of the language where an
 * async function is left or entered are touched.
 */
export interface Downlevelled {
  code: string;
  /** The free names of the code: the first is the group's `enterFrame`. */
  helpers: [string];
}

/**
 * Takes one function expression, async or a generator, as modules are wrapped into; the answer is one
 * too, on the same lines. Throws SyntaxError for what does not parse and for `await using` where no
 * block could be closed around it.
 */
export function downlevel(wrapped: string): Downlevelled {
  const text = `(${wrapped}\n)`;
  const { program, errors } = parseSync('module.js', text, { lang: 'js', sourceType: 'script' });
  const error = errors.find((e) => e.severity === 'Error');
  if (error) throw new SyntaxError(error.message);
  const outermost = functionIn(program as SyntaxNode);
  const names: Names = {
    outermost,
    enter: unused(text, '__async_frame__'),
    frame: unused(text, '$frame'),
    held: unused(text, '$held'),
  };
  const edits = new Edits(text);
  for (const visit of visits(outermost)) editsOf(visit, edits, names);
  const code = edits.apply().slice(1, -2);
  return { code, helpers: [names.enter] };
}

function functionIn({ body }: SyntaxNode): SyntaxNode {
  const [statement, ...more] = body as SyntaxNode[];
  let expression = statement?.expression;
  while (expression?.type === 'ParenthesizedExpression') expression = expression.expression;
  const isOne = more.length === 0 && expression?.type === 'FunctionExpression';
  if (isOne && (expression!.async || expression!.generator)) return expression!;
  throw new SyntaxError('The text is not one function');
}

/** Outer nodes first. With a stack of its own: how deep a source is nested is its author's choice. */
function* visits(outermost: SyntaxNode): Generator<Visit> {
  const stack: Visit[] = [
    { node: outermost, parent: outermost, frame: outermost, label: undefined },
  ];
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    yield visit;
    const children = childrenOf(visit);
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]!);
  }
}

function childrenOf(visit: Visit): Visit[] {
  const { node } = visit;
  const label = node.type === 'LabeledStatement' ? (visit.label ?? node.start) : undefined;
  const fields = node as unknown as Record<string, unknown>;
  return (visitorKeys[node.type] ?? []).flatMap((key) => {
    const value = fields[key] as SyntaxNode | (SyntaxNode | null)[] | null | undefined;
    const nodes = (Array.isArray(value) ? value : [value]).filter(
      (child) => child !== null && child !== undefined,
    );
    return nodes.map((child) => ({ node: child, parent: node, frame: frameOf(visit, key), label }));
  });
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const INITIALIZED = new Set(['PropertyDefinition', 'AccessorProperty']);

/** Which async function's frame the child is in; `undefined` in other functions. */
function frameOf({ node, frame }: Visit, key: string): Visit['frame'] {
  // The outermost one is its own frame's, async or not.
  if (FUNCTIONS.has(node.type)) return node.async || node === frame ? node : undefined;
  const isOwnFunction = INITIALIZED.has(node.type) && key === 'value';
  return isOwnFunction || node.type === 'StaticBlock' ? undefined : frame;
}

/** Longer than any that the text has: trying one after the other would take hostile text too long. */
function unused(text: string, wanted: string): string {
  let longest = -1;
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    let end = at + wanted.length;
    while (text[end] === '_') end++;
    longest = Math.max(longest, end - at - wanted.length);
    at = end - 1;
  }
  return wanted + '_'.repeat(longest + 1);
}
