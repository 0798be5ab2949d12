import {
  BROWSER_POD_METHODS,
  BrowserAnswerSchema,
  checker,
  CofferdamError,
  LASTING,
  MAX_BROWSER_BYTES,
  type BrowserAnswer,
  type BrowserCall,
  type Channel,
  type IncomingCall,
  type OutgoingCall,
} from '@cofferdam/protocol';

const checkAnswer = checker(BrowserAnswerSchema);

/** A browser pod said what no pod of ours would. */
export class PodViolation extends CofferdamError {
  constructor(message: string) {
    super('PROTOCOL_VIOLATION', message);
  }
}

interface BrowserRelay {
  /** The pod's connection. */
  to: Channel;
  payload: BrowserCall & { sessionId: string };
  /** Ends the call beside the caller's own cancel. */
  signal: AbortSignal;
  onBytes: (bytes: Buffer) => void;
}

/** A runner said what no runner of ours would. */
export class RunnerViolation extends CofferdamError {
  constructor(message: string) {
    super('PROTOCOL_VIOLATION', message);
  }
}

/**
 * Passes a guest's call on to a pod, with its bytes both ways as fast as they are taken. Throws what the
 * pod fails with, or one of the violations.
 */
export async function relayBrowserCall(
  call: IncomingCall,
  { to, payload, signal, onBytes }: BrowserRelay,
): Promise<BrowserAnswer> {
  const broken = new AbortController();
  const onward = to.call(BROWSER_POD_METHODS.call, payload, {
    // A page may be waited for as long as the guest likes: the pod's end has time-outs of its own.
    deadlineMs: LASTING,
    signal: AbortSignal.any([call.signal, signal, broken.signal]),
  });
  let fault: unknown;
  passUp(call, onward, payload.bytes ?? 0).catch((error: unknown) => {
    fault = error;
    broken.abort();
  });
  try {
    await passDown(onward, call, onBytes);
    const checked = checkAnswer(await onward.reply);
    if (checked.ok) return checked.value;
    throw new PodViolation('not an answer of a browser');
  } catch (error) {
    broken.abort();
    throw fault ?? error;
  }
}

async function passUp(call: IncomingCall, onward: OutgoingCall, announced: number): Promise<void> {
  let left = announced;
  for await (const piece of call.data) {
    left -= piece.byteLength;
    if (left < 0) throw new RunnerViolation('more bytes than the call says');
    try {
      await onward.pass(piece);
    } catch {
      // The answer says why.
      return;
    }
  }
  onward.end();
}

async function passDown(
  onward: OutgoingCall,
  call: IncomingCall,
  onBytes: (bytes: Buffer) => void,
): Promise<void> {
  let left = MAX_BROWSER_BYTES;
  for await (const piece of onward.data) {
    left -= piece.byteLength;
    if (left < 0) throw new PodViolation('more bytes than an answer has');
    onBytes(piece);
    await call.pass(piece);
  }
  call.end();
}
