import type { SandboxScript } from '@cofferdam/protocol';
import type { References } from '../controller/script/gather.ts';

const NO_BROWSERS = {
  status: 'False',
  reason: 'BrowserPoolNotFound',
  message: 'this instance has no browsers: start it with --browser',
} as const;

/** Without a cluster a resource refers to nothing; but a browser is not always there. */
export function localReferences(hasBrowsers: boolean): References {
  return {
    of: ({ spec }: SandboxScript) =>
      spec.permissions?.browser && !hasBrowsers ? { obstacle: NO_BROWSERS } : { references: {} },
  };
}
