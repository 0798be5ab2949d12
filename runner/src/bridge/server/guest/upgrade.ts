import { core, primordials } from '../../../guest/captured.ts';
import { list, record } from '../../../guest/interface.ts';
import type { FetchGroup } from '../../fetch/guest.ts';
import type { Served } from './served.ts';
import { handlers } from './serve.ts';

const { freeze, TypeError } = primordials;

interface UpgradeOptions {
  data?: unknown;
  headers?: unknown;
}

/** What a handler is given beside its request. */
export const serverObject: object = freeze({
  /** Makes a connection of the request, whose events go to `websocket`; its handler answers nothing then. */
  upgrade(request: unknown, options: UpgradeOptions | null = {}): boolean {
    const { rawOf, receivedOf } = core.use<FetchGroup>('fetch');
    const received = receivedOf(request) as { served?: Served } | undefined;
    const served = received?.served;
    if (!served || served.isOver) throw new TypeError('The request is not being served');
    if (!handlers?.sockets) throw new TypeError('serve was given no websocket');
    if (served.upgrade) throw new TypeError('The request is upgraded already');
    const { data, headers } = options ?? record<UpgradeOptions>({});
    const raw = headers === undefined ? list<[string, string]>() : rawOf(headersOf(headers));
    served.upgrade = record({ headers: raw, data });
    return true;
  },
});

function headersOf(init: unknown): InstanceType<FetchGroup['Headers']> {
  const { Headers } = core.use<FetchGroup>('fetch');
  return new Headers(init);
}
