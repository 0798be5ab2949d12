import type {
  EvalFailed,
  EvalSucceeded,
  Session,
  SessionBody,
  SessionEvalBody,
  TestResults,
} from './generated/api.ts';
import type { CallOptions } from './operation.ts';
import type { Transport } from './transport.ts';

/** How an eval ended: `success` tells whether there is a `result` or an `error` of the code. */
export type EvalAnswer<T = unknown> = (Omit<EvalSucceeded, 'result'> & { result: T }) | EvalFailed;

/**
 * Guests with a key, which keep what evals leave in them, in the namespace of the call or of the client. By
 * its id a session rejects with `SESSION_IN_USE` while another eval goes on in it, `SESSION_EXPIRED` and
 * `SESSION_LOST` when it is gone, and `SESSION_NOT_FOUND`.
 */
export interface SessionsClient {
  /** Makes a session, or answers the one that its key has. */
  open(body?: SessionBody, options?: CallOptions): Promise<Session>;
  list(options?: CallOptions): Promise<Session[]>;
  get(id: string, options?: CallOptions): Promise<Session>;
  /** Evaluates code; its default export is the result. Aborting it ends the session. */
  eval<T = unknown>(
    id: string,
    body: SessionEvalBody,
    options?: CallOptions,
  ): Promise<EvalAnswer<T>>;
  /** Runs the tests that the code registers. */
  runTests(
    id: string,
    body: SessionEvalBody,
    options?: CallOptions,
  ): Promise<TestResults | EvalFailed>;
  /** Ends a session, or frees what is remembered of one that is gone. */
  end(id: string, options?: CallOptions): Promise<void>;
}

const SESSION = '/v1/sessions/{id}';

export function sessionsClient(transport: Transport): SessionsClient {
  return {
    open: (body = {}, rest) => transport.request('POST /v1/sessions', { ...rest, body }),
    list: async (rest) => (await transport.request('GET /v1/sessions', { ...rest })).sessions,
    get: (id, rest) => transport.request(`GET ${SESSION}`, { ...rest, path: { id } }),
    eval: async <T>(id: string, body: SessionEvalBody, rest?: CallOptions) =>
      (await transport.request(`POST ${SESSION}/eval`, {
        ...{ ...rest, body, path: { id } },
      })) as EvalAnswer<T>,
    runTests: (id, body, rest) =>
      transport.request(`POST ${SESSION}/tests`, { ...rest, body, path: { id } }),
    end: async (id, rest) => {
      await transport.request(`DELETE ${SESSION}`, { ...rest, path: { id } });
    },
  };
}
