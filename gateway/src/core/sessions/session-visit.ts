import {
  CofferdamError,
  LASTING,
  parser,
  SESSION_METHODS,
  SessionAcquiredSchema,
  SessionEndSchema,
  type Channel,
  type OutgoingCall,
  type RuntimeSpec,
  type SessionAcquire,
  type SessionAcquired,
  type SessionEnd,
  type SessionRelease,
} from '@cofferdam/protocol';

export interface SessionVisitOptions {
  /** The runner's. */
  channel: Channel;
  /** What the session is called there. */
  key: string;
  /** What its guest is, and may use in this visit. */
  spec: RuntimeSpec;
}

const VIOLATION = 'PROTOCOL_VIOLATION';
/** The gateway says when a session is evicted; its runner never does. */
const IDLE_MS = 24 * 3_600_000;
/** A runner may have to start a process before a session can be used. */
const ACQUIRE_MS = 30_000;
/** A runner that does not let go of a session within this is given up for it. */
const RELEASE_MS = 10_000;

const readAcquired = parser(SessionAcquiredSchema, VIOLATION);
const readEnd = parser(SessionEndSchema, VIOLATION);

/** Somebody's having of a session, as its runner is told of it. */
export class SessionVisit {
  /** Settles when the guest can be used; rejects where it cannot. */
  readonly acquired: Promise<SessionAcquired>;
  /** How it ended; rejects where the runner did, or said what no runner would. */
  readonly end: Promise<SessionEnd>;
  /** Its bytes are the port. */
  readonly call: OutgoingCall;
  readonly #channel: Channel;
  readonly #key: string;

  constructor({ channel, key, spec }: SessionVisitOptions) {
    const acquired = Promise.withResolvers<SessionAcquired>();
    let isAcquired = false;
    const payload: SessionAcquire = { key, spec, idleMs: IDLE_MS };
    this.#channel = channel;
    this.#key = key;
    this.call = channel.call(SESSION_METHODS.acquire, payload, {
      deadlineMs: LASTING,
      onEvent: (event) => {
        if (isAcquired) throw new CofferdamError(VIOLATION, 'a session was acquired twice');
        isAcquired = true;
        acquired.resolve(readAcquired(event));
      },
    });
    this.end = this.call.reply.then(readEnd);
    this.end.then((end) => acquired.reject(endedError(end)), acquired.reject);
    const late = () => acquired.reject(new CofferdamError('DEADLINE_EXCEEDED'));
    const timer = setTimeout(late, ACQUIRE_MS);
    this.acquired = acquired.promise.finally(() => clearTimeout(timer));
    this.acquired.catch(() => {});
  }

  /** Has the runner end what it may have begun: nobody will have it. */
  abandon(): void {
    const payload = { key: this.#key, reason: 'It could not be used' };
    const options = { deadlineMs: RELEASE_MS };
    this.#channel.call(SESSION_METHODS.dispose, payload, options).reply.catch(() => {});
  }

  /** Gives it back; answers what became of it. */
  async release(): Promise<SessionEnd> {
    const { runtimeId } = await this.acquired;
    const release: SessionRelease = { runtimeId };
    const options = { deadlineMs: RELEASE_MS };
    await this.#channel.call(SESSION_METHODS.release, release, options).reply;
    return this.end;
  }
}

function endedError({ exitReason = 'Cancelled', message = '' }: SessionEnd): CofferdamError {
  return new CofferdamError('SESSION_LOST', `the session was lost: ${exitReason}: ${message}`);
}
