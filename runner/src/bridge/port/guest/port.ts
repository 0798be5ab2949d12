/** What the process that holds the isolate gives to a port when it opens it, before any guest code. */
export interface PortOptions {
  /**
   * Takes one frame's text for the embedder: all messages of one turn. Called once for each turn
   * that had any; what is not acknowledged by {@link Port.sent} holds back what follows.
   */
  post(text: string): void;
  /** Each becomes a function on the global object; a name that is taken there already throws. */
  tools: readonly string[];
  /** The request that the running code serves, where the platform knows it: goes with each call. */
  requestId?: () => string | undefined;
}

/** The guest's end of the port. Guest code never gets hold of it. */
export interface Port {
  /** Handles the messages of one frame from the embedder. Never throws. */
  deliver(text: string): void;
  /** Acknowledges posted text, by its length in UTF-16 units, once the stream has taken it. */
  sent(length: number): void;
  /** Sends a console entry, or drops it when too much is waiting. */
  log(level: string, text: string, depth: number): void;
  /** Posts what waits for the end of the turn, so that what is reported otherwise comes after it. */
  flush(): void;
  /** Calls what the embedder has under a target: the JSON text of a message's. */
  call(target: string, args: readonly unknown[]): Promise<unknown>;
  /** Tells the embedder something that it does not answer. Throws what cannot be sent. */
  post(event: string, value: unknown): void;
  /** Handles what the embedder posts under a name: one handler each; nothing takes it away. */
  on(event: string, handler: ((value: unknown) => void) | undefined): void;
  /** Nothing is sent or delivered any more; what waits for the embedder is rejected. */
  end(message?: string): void;
}

export interface SessionPortOptions extends Pick<PortOptions, 'requestId'> {
  /** As of {@link PortOptions}, with the number of the embedder that it is for. */
  post(text: string, number: number): void;
}

/** A port whose embedder may go, and another one come. Their messages are each other's nothing. */
export interface SessionPort extends Port {
  /**
   * Somebody is there: from here on frames are posted with this number, lines of the console are sent
   * or not, and these are the tools.
   */
  attach(number: number, console: boolean, tools: readonly string[]): void;
  /** Nobody is there: what the guest asks is refused until somebody is. */
  detach(): void;
}

/** What other groups use of this one. */
export interface PortGroup {
  /** Opens the realm's one port. */
  open(options: PortOptions): Port;
  /** Opens it for a guest that outlives its embedders; the tools are those of each. */
  openSession(options: SessionPortOptions): SessionPort;
  /** The one that was opened. */
  opened(): Port | undefined;
}
