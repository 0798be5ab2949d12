import { primordials } from '../../../guest/captured.ts';
import { ignore, isThenable } from './attempt.ts';
import type { Suite } from './model.ts';
import type { Registry } from './registry.ts';
import type { Report } from './report.ts';

const { apply, Error, realm, TypeError } = primordials;

/**
 * Calls the bodies of all suites, outer ones first, which register what is in them. One that throws
 * has the tests that it came to.
 */
export function collect(registry: Registry, report: Report): void {
  collectInside(registry.root, registry, report);
  registry.current = registry.root;
  registry.closed = 'while tests run';
}

function collectInside(suite: Suite, registry: Registry, report: Report): void {
  for (let i = 0; i < suite.children.length; i++) {
    const child = suite.children[i]!;
    if (child.kind !== 'suite') continue;
    registry.current = child;
    callBody(child, report);
    collectInside(child, registry, report);
  }
}

/** Of a suite that came to nothing nobody meant to pass. */
function checkTests({ children, options, body }: Suite): void {
  const isMeantEmpty = !body || options.skip === true || options.todo === true;
  if (children.length === 0 && !isMeantEmpty) throw new Error('No test was found in it');
}

function callBody(suite: Suite, report: Report): void {
  const { args, body, fullName } = suite;
  const where = `describe "${fullName}"`;
  try {
    const answer: unknown = body && apply(body, realm, args);
    if (isThenable(answer)) {
      ignore(answer);
      throw new TypeError('Its body is asynchronous, and cannot be');
    }
    checkTests(suite);
  } catch (error) {
    report.failed(where, error);
  }
}
