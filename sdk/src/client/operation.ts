import type { Operations, RunFailed, RunSucceeded } from './generated/api.ts';

/** An operation of the API by its method and path: `POST /execute`. */
export type Operation = keyof Operations;

type Part<K extends Operation, P extends string> =
  Operations[K] extends Record<P, infer Value> ? Value : never;

/** What every call may be given beside what it is about. */
export interface CallOptions {
  /** Ends the call, and with it the run that it started. Rejects with the signal's reason. */
  signal?: AbortSignal;
  /** The namespace of this call. Default: the client's. */
  namespace?: string;
  /** Names the request in answers and logs. Default: the gateway names it. */
  requestId?: string;
  /** W3C trace context: the run's trace becomes a part of that trace. */
  traceparent?: string;
}

/** What an operation takes, as the OpenAPI document says. */
export type Call<K extends Operation> = CallOptions &
  ([Part<K, 'path'>] extends [never] ? object : { path: Part<K, 'path'> }) &
  ([Part<K, 'query'>] extends [never] ? object : { query?: Part<K, 'query'> }) &
  ([Part<K, 'body'>] extends [never] ? object : { body: Part<K, 'body'> });

type Answers<K extends Operation> = Operations[K]['answers'];

/** What an operation answers when it is no error. */
export type Answer<K extends Operation> = Answers<K>[Exclude<keyof Answers<K>, '4XX' | '5XX'>];

/** How a run ended: `success` tells whether there is a `result` or an `error` of the script. */
export type RunAnswer<T = unknown> = (Omit<RunSucceeded, 'result'> & { result: T }) | RunFailed;

/** The operations that run something. */
export type RunOperation = {
  [K in Operation]: RunSucceeded extends Answer<K> ? K : never;
}[Operation];
