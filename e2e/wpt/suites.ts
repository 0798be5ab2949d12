import type { TestTree } from './tree.ts';

/** What is run of each standard: scripts that need no page, in the order of the report. */
const SUITES: readonly string[] = [
  'encoding',
  'url',
  'streams',
  'compression',
  'dom/abort',
  'dom/events',
  'FileAPI',
  'html/webappapis',
  'WebCryptoAPI/derive_bits_keys',
  'WebCryptoAPI/digest',
  'WebCryptoAPI/encrypt_decrypt',
  'WebCryptoAPI/generateKey',
  'WebCryptoAPI/import_export',
  'WebCryptoAPI/sign_verify',
  'WebCryptoAPI/wrapKey_unwrapKey',
  'WebCryptoAPI',
  'hr-time',
  'user-timing',
  'performance-timeline',
  'console',
  'webidl',
];

export interface Suite {
  name: string;
  files: string[];
}

/** Each file is in one suite: the first whose folder it is in. */
export function suitesOf(tree: TestTree): Suite[] {
  const taken = new Set<string>();
  const suites = SUITES.map((name) => {
    const files = tree.list(`${name}/**/*.{any,window}.js`).filter((file) => !taken.has(file));
    for (const file of files) taken.add(file);
    return { name, files };
  });
  return suites.filter((suite) => suite.files.length > 0);
}
