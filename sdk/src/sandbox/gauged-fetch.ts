import { countedBody, withBody } from '../bindings/fetch/counted-body.ts';
import type { FetchBinding } from '../types.ts';
import type { RunGauge } from './run-gauge.ts';

/** A fetch binding whose requests and bodies count for a run. */
export function gaugedFetch(fetch: FetchBinding, gauge: RunGauge): FetchBinding {
  return async (request, context) => {
    if (!gauge.call()) throw new TypeError('The run may call its host no more');
    if (!gauge.countsBytes) return await fetch(request, context);
    const admits = (bytes: number) => gauge.carries(bytes);
    const { method, body } = request;
    const counted = body
      ? new Request(request, { method, body: countedBody(body, admits), duplex: 'half' })
      : request;
    const response = await fetch(counted, context);
    return response.body ? withBody(response, countedBody(response.body, admits)) : response;
  };
}
