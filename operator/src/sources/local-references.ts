import { DEFAULT_NAMESPACE, type SandboxScript } from '@cofferdam/protocol';
import type { References } from '../controller/script/gather.ts';
import { resolveTexts } from '../references/program.ts';
import { no, type Lookup } from '../references/texts.ts';

export interface LocalReferencesOptions {
  /** Whether scripts may have a browser here. */
  hasBrowsers: boolean;
  /** Where Secrets are; absent: nowhere. */
  secrets?: Lookup | undefined;
}

const NO_BROWSERS = no(
  'BrowserPoolNotFound',
  'this instance has no browsers: start it with --browser',
);
const NO_SECRETS = no(
  'SecretNotFound',
  'this instance has no Secrets: start it with --secrets <folder>',
);

/** Without a cluster a resource refers to Secrets in files alone; and a browser is not always there. */
export function localReferences({ hasBrowsers, secrets }: LocalReferencesOptions): References {
  const lookup: Lookup = (reference) => secrets?.(reference);
  return {
    of: ({ metadata, spec }: SandboxScript) => {
      if (spec.permissions?.browser && !hasBrowsers) return NO_BROWSERS;
      const { namespace = DEFAULT_NAMESPACE } = metadata;
      const found = resolveTexts(spec, { namespace, lookup });
      const isMissing = 'obstacle' in found && found.obstacle.reason === NO_SECRETS.obstacle.reason;
      return isMissing && !secrets ? NO_SECRETS : found;
    },
  };
}
