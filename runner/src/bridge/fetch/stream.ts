/** A request as the guest starts it. Headers are pairs, in order. */
export interface FetchStart {
  url: string;
  method: string;
  headers: [string, string][];
  redirect: 'follow' | 'manual' | 'error';
  /** Whether bytes of a body follow. */
  hasBody: boolean;
}

/** The head of a response. */
export interface FetchHead {
  status: number;
  statusText: string;
  headers: [string, string][];
  /** The address that answered, after redirects. */
  url: string;
  redirected: boolean;
}

/** One request under way, from the guest's process towards egress. */
export interface FetchStream {
  /** Rejects with a CofferdamError of the EGRESS_ codes. */
  readonly head: Promise<FetchHead>;
  readonly body: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  endWrite(): void;
  abort(): void;
}
