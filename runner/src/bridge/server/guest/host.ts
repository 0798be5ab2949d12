/** What the host gives a realm that serves, before any guest code. */
export interface ServerHooks {
  /** Tells the host something of a request or a connection. Fire and forget; each call is a crossing. */
  tell(kind: string, id: number, json: string | undefined, bytes: ArrayBuffer | undefined): void;
  /** Tells the embedder that the guest called `serve`. */
  serving(): void;
}

/** Set once, before any guest code; no guest object leads to it. */
export let host: ServerHooks;

export function setHost(hooks: ServerHooks): void {
  host = hooks;
}
