import { core, primordials } from '../../../guest/captured.ts';
import type { HostAnswer } from '../../../guest/core.ts';
import { hardened, record } from '../../../guest/interface.ts';
import { decode, takeState } from './decoder.ts';
import { encodeArgs } from './encoder.ts';
import { afterEvents, noteCount, poll, toldSoFar } from './events.ts';
import { failureOf } from './failure.ts';
import type { RemoteState, Step } from './remote.ts';

const { Error, Promise, promiseThen } = primordials;

/** As the host answers: JSON texts, and the number of the newest event before it. */
interface Answer {
  value?: string;
  state?: string;
  events?: number;
  error?: { name: string; message: string };
}

interface Call {
  object: string;
  chain?: readonly Step[];
  method: string;
  args: string;
}

type Target = Pick<RemoteState, 'id' | 'chain' | 'prefix'>;
type Settle = (value: unknown) => void;

/** Has the host do something with one of its objects. The promise is the guest's. */
export function ask(target: Target, method: string, args: readonly unknown[]): Promise<any> {
  const place = new Error('');
  return new Promise((resolve, reject) => {
    const { text, bytes } = encodeArgs(args);
    const call = record<Call>({
      ...{ object: target.id, method: target.prefix + method, args: text },
      ...(target.chain && { chain: target.chain }),
    });
    const before = toldSoFar();
    const onAnswer = (answer: HostAnswer): void => {
      noteCount((answer.json as Answer).events, before);
      settle(answer, place, resolve, reject);
    };
    promiseThen(hardened(core.hostCall('browser', 'call', call, bytes)), onAnswer, reject);
  });
}

/** What happened before the host answered is told before the guest hears of the answer. */
function settle({ json, bytes }: HostAnswer, place: Error, resolve: Settle, reject: Settle): void {
  const { value, state, events, error } = record(json as Answer);
  poll();
  afterEvents(events ?? 0, () => {
    try {
      if (state !== undefined) takeState(state);
      if (!error) return resolve(decode(value, bytes));
      const { name, message } = record(error);
      reject(failureOf(name, message, place));
    } catch (unreadable) {
      reject(unreadable);
    }
  });
}

/** Says something to the host whose answer nobody waits for: it is taken in before what is said next. */
export function tell(target: Target, method: string, args: readonly unknown[]): void {
  promiseThen(hardened(ask(target, method, args)), undefined, ignore);
}

function ignore(): void {}
