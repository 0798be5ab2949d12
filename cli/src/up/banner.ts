import type { Layer } from '@cofferdam/protocol';
import type { DemoService } from '../demo/service.ts';

export interface BannerFacts {
  version: string;
  folder: string;
  url: string;
  hasToken: boolean;
  dataDir: string;
  /** A script that can be run by hand, `namespace/name`. */
  example: string | undefined;
  demo: DemoService | undefined;
  allowPrivate: readonly string[];
  /** What stands around runners' processes. */
  layers: readonly Layer[];
  /** Whether scripts may have a browser. */
  browsers: boolean;
}

/** What a person should know before anything runs: above all, what protects the machine and what does not. */
export function banner(facts: BannerFacts): string[] {
  const { url, example } = facts;
  const auth = facts.hasToken ? ` -H "authorization: Bearer $ISOLATE_AUTH_TOKEN"` : '';
  const json = `-H 'content-type: application/json'`;
  return [
    `cofferdam ${facts.version}: scripts of ${facts.folder}, data in ${facts.dataDir}`,
    '',
    'Protection: a V8 isolate (or a Deno process without permissions) inside an operating-system process of the',
    `script's tenant. ${aroundThem(facts.layers)}`,
    ...(facts.browsers
      ? [
          'Browsers: Chromium as processes of this user, without its own sandbox: what escapes from a page is this user.',
        ]
      : []),
    facts.allowPrivate.length > 0
      ? `Scripts may reach, where they name the host: the internet, and ${facts.allowPrivate.join(', ')}.`
      : 'Scripts may reach hosts of the internet that they name; private addresses are refused (--allow-private).',
    ...(facts.demo
      ? [
          `The demo service listens on ${facts.demo.host}:${facts.demo.port}; only scripts of namespace examples reach it, as http://demo.`,
        ]
      : []),
    '',
    `API      ${url}  (documentation at ${url}/docs, every script at ${url}/v1/scripts)`,
    `Try      curl -s${auth} ${url}/execute ${json} -d '{"code":"return 6 * 7"}'`,
    ...(example
      ? [
          `Run one  curl -s -X POST${auth} ${url}/v1/namespaces/${example.replace('/', '/scripts/')}/runs`,
        ]
      : []),
    '',
  ];
}

function aroundThem(layers: readonly Layer[]): string {
  if (layers.includes('gvisor')) {
    return 'Around them are a container without network and a kernel of its own (gVisor).';
  }
  if (layers.includes('container')) {
    return "Around them is a container without network on this machine's own kernel; there is no gVisor.";
  }
  return 'There is no container and no gVisor around them: an escape from V8 is one to this user.';
}
