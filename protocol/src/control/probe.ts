import { connect } from 'node:net';
import { Type } from '../schema/typebox.ts';
import { parser } from '../schema/validate.ts';
import { readAddress } from '../wire/address.ts';

/** A packet that a policy drops is answered by nobody: this is how long that is waited for. */
const REACH_MS = 1_500;

const parseProbe = parser(
  Type.Object(
    { addresses: Type.Array(Type.String({ maxLength: 255 }), { maxItems: 16 }) },
    { additionalProperties: false },
  ),
);

/** What a runner or a browser pod finds when it is looked at. */
export interface Probe {
  works: boolean;
  /** The addresses that answered. */
  reached: string[];
  message?: string;
}

/**
 * Has it do something of ours, and tries to connect to what must not be reachable from here.
 * `troubleWith` answers why it does not work, or `undefined`.
 */
export async function answerProbe(
  payload: unknown,
  troubleWith: () => Promise<string | undefined>,
): Promise<Probe> {
  const { addresses } = parseProbe(payload);
  const [trouble, ...answers] = await Promise.all([troubleWith(), ...addresses.map(isReached)]);
  const reached = addresses.filter((_, index) => answers[index]);
  return {
    works: trouble === undefined,
    reached,
    ...(trouble === undefined ? {} : { message: trouble }),
  };
}

function isReached(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...readAddress(address), timeout: REACH_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
