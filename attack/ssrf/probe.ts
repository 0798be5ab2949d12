import { isIPv6 } from 'node:net';
import {
  type CofferdamError,
  HostSchema,
  checker,
  type Channel,
  type NetRule,
} from '@cofferdam/protocol';
import { startOf } from '../../egress/test/world.ts';
import { PUBLIC_IPV4, PUBLIC_IPV6, REDIRECTOR } from './addresses.ts';
import { bracketed, type Form } from './corpus.ts';
import { PORTS } from './listeners.ts';
import { nameOf } from './zone.ts';

export type Road = 'fetch' | 'websocket' | 'tunnel';

/** One thing to try. */
export interface Probe {
  form: Form;
  /** `direct`, a status that redirects to it, or how DNS leads to it. */
  way: string;
  road: Road;
  url: string;
}

const STATUSES = [301, 302, 303, 307, 308] as const;

/** The form as it is, behind each redirect, and its address as DNS says it: alone, second, and beside one of the other family. */
export function waysOf(form: Form, id: string): Omit<Probe, 'road'>[] {
  const { aim, url } = form;
  const other = isIPv6(aim) ? PUBLIC_IPV4 : PUBLIC_IPV6;
  const same = isIPv6(aim) ? PUBLIC_IPV6 : PUBLIC_IPV4;
  const answers = {
    'DNS first': [aim, same],
    'DNS second': [same, aim],
    'DNS mixed': [other, aim],
  };
  return [
    { form, way: 'direct', url },
    ...STATUSES.map((status) => ({ form, way: `${status}`, url: redirectTo(url, status) })),
    ...Object.entries(answers).map(([way, all]) => {
      return { form, way, url: `http://${nameOf(all, `${id}${way.slice(4)}`)}/` };
    }),
  ];
}

export function redirectTo(url: string, status: number): string {
  return `http://${REDIRECTOR}/r/${status}/${Buffer.from(url).toString('base64url')}`;
}

const isHost = checker(HostSchema);

/** Rules that name whatever can be named of a probe, its port too: permissions are never why it fails. */
export function rulesFor(probes: readonly Probe[]): NetRule[] {
  const hosts = probes.flatMap(({ form, url }) => [hostOf(form.url), hostOf(url)]);
  const named = [...hosts, REDIRECTOR, bracketed(PUBLIC_IPV6), PUBLIC_IPV4];
  return [...new Set(named)]
    .filter((host) => host !== undefined && isHost(host).ok)
    .map((host) => ({ host: host!, ports: [...PORTS] }));
}

export function hostOf(url: string): string | undefined {
  return URL.parse(url)?.hostname.replace(/\.$/, '');
}

/** What became of a probe: `reached`, or the error that it ended with. */
export async function tried(
  runner: Channel,
  ticket: string,
  { url, road }: Pick<Probe, 'url' | 'road'>,
): Promise<'reached' | CofferdamError> {
  const over = new AbortController();
  const call = runner.call(
    road,
    { ticket, ...payloadOf(url, road) },
    {
      deadlineMs: 20_000,
      signal: over.signal,
      onEvent: () => over.abort(),
    },
  );
  try {
    await call.reply;
    return 'reached';
  } catch (error) {
    return over.signal.aborted ? 'reached' : (error as CofferdamError);
  }
}

function payloadOf(url: string, road: Road): object {
  if (road === 'fetch') return startOf({ url });
  if (road === 'websocket') return { url: url.replace(/^http/i, 'ws'), protocols: [] };
  return tunnelOf(url);
}

/** What a browser would say to its proxy: the host as it is in the address, where there is one. */
function tunnelOf(url: string): object {
  const [, host = url, port] =
    /^[a-z]*:?[\\/]*([^\\/?#]*?)(?::(\d+))?(?:[\\/?#]|$)/i.exec(url) ?? [];
  return { host, port: Number(port ?? 80) };
}
