import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { AbortGroup } from '../../abort/guest.ts';
import type { FetchGroup } from '../../fetch/guest.ts';
import { receivedBody, sentBody } from './pieces.ts';
import type { Fields } from './values.ts';

const { TypeError } = primordials;

type AbortSignal = InstanceType<AbortGroup['AbortSignal']>;
type Pairs = [name: string, value: string][];

/** What both ends say of a request or a response, beside its body. */
interface Head {
  url: string;
  method: string;
  status: number;
  statusText: string;
  headers: Pairs;
  body: unknown;
}

const fetchGroup = () => core.use<FetchGroup>('fetch');

/** A request for the embedder, and the signals that give it up. */
export function sentRequest(value: unknown): { request: Fields; signal: AbortSignal | undefined } {
  const sent = fetchGroup().takeRequest(value);
  if (!sent) throw new TypeError('request must be a Request');
  const { url, method, headers, signal } = sent;
  return record({
    request: record<Fields>({ url, method, headers, body: sentBody(sent) }),
    signal: signal as AbortSignal | undefined,
  });
}

/** A request that a child makes, for a function of the guest's that answers it. */
export function receivedRequest(head: Head, signal: AbortSignal | undefined): object {
  const { receive, receivedHeaders } = fetchGroup();
  return receive(
    record({
      url: head.url,
      method: head.method,
      headers: receivedHeaders(head.headers),
      body: receivedBody(head.body),
      signal: () => signal ?? core.use<AbortGroup>('abort').dependentOf(list()),
    }),
  );
}

/** What a function of the guest's answered, for the embedder. */
export function sentResponse(value: unknown): Fields {
  const sent = fetchGroup().takeResponse(value);
  if (!sent) throw new TypeError('fetch answered no Response');
  const { status, statusText, headers } = sent;
  return record<Fields>({ status, statusText, headers, body: sentBody(sent) });
}

/** How a nested server answered. */
export function receivedResult(answer: Head & { type: string; connectionId: string }): object {
  const { receivedHeaders, respond } = fetchGroup();
  const headers = receivedHeaders(answer.headers);
  if (answer.type === 'websocket') {
    const { connectionId } = answer;
    return { type: 'websocket', upgradeData: { requested: true, connectionId, headers } };
  }
  const { status, statusText } = answer;
  const head = record({ status, statusText, url: '', redirected: false });
  const full = record({ ...head, type: 'default' as const });
  return { type: 'response', response: respond(full, headers, receivedBody(answer.body)) };
}
