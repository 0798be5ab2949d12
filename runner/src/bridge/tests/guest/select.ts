import type { Suite, TestCase } from './model.ts';

interface Around {
  /** Somewhere there is an `only`. */
  hasOnly: boolean;
  /** A suite around it is the one that was meant by it. */
  isMeant: boolean;
  skip: boolean;
}

/** Says of every test and suite whether it will run; answers whether anything in the suite will. */
export function select(suite: Suite, around: Around): boolean {
  let any = false;
  for (let i = 0; i < suite.children.length; i++) {
    const child = suite.children[i]!;
    child.willRun = child.kind === 'test' ? selectTest(child, around) : selectSuite(child, around);
    any ||= child.willRun;
  }
  return any;
}

function selectTest({ options, body }: TestCase, { hasOnly, isMeant, skip }: Around): boolean {
  if (skip || options.skip === true || options.todo === true || body === undefined) return false;
  return !hasOnly || isMeant || options.only === true;
}

/** Of a suite that is meant, and in which others are, only these run. */
function selectSuite(suite: Suite, { hasOnly, isMeant, skip }: Around): boolean {
  const isOnly = suite.options.only === true;
  const inner = hasOnly && holdsOnly(suite);
  const isSkipped = skip || suite.options.skip === true || suite.options.todo === true;
  return select(suite, {
    hasOnly,
    isMeant: (isMeant || isOnly) && !inner,
    skip: isSkipped,
  });
}

function holdsOnly(suite: Suite): boolean {
  for (let i = 0; i < suite.children.length; i++) {
    const child = suite.children[i]!;
    if (child.options.only === true) return true;
    if (child.kind === 'suite' && holdsOnly(child)) return true;
  }
  return false;
}
