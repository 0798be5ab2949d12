import { CofferdamError, parser, type RunnerReport } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { Runner } from './runner.ts';

/** The first isolate of a new process under gVisor, and connections that time out after 2 s. */
const LOOK_MS = 20_000;

const readProbe = parser(
  Type.Object(
    {
      works: Type.Boolean(),
      reached: Type.Array(Type.String({ maxLength: 255 }), { maxItems: 16 }),
      message: Type.Optional(Type.String({ maxLength: 1_024 })),
    },
    { additionalProperties: false },
  ),
  'PROTOCOL_VIOLATION',
);

/**
 * Has a new runner execute a script of ours and try to reach what it must not, before any guest code
 * runs in it: until then its word can be believed.
 */
export async function look(
  { identity }: Runner,
  mustNotReach: readonly string[],
  mayReach: boolean,
): Promise<RunnerReport> {
  const { runnerId, channel, layers, versions } = identity;
  const known = { runnerId, layers: [...layers], versions: { ...versions } };
  try {
    const call = channel.call('probe', { addresses: mustNotReach }, { deadlineMs: LOOK_MS });
    const { works, reached: said, message } = readProbe(await call.reply);
    const reached = mustNotReach.filter((address) => said.includes(address));
    const ready = works && (mayReach || reached.length === 0);
    return { ...known, works, reached, ready, ...(message === undefined ? {} : { message }) };
  } catch (error) {
    const { message } = CofferdamError.from(error);
    return { ...known, works: false, ready: false, message: message.slice(0, 1_024) };
  }
}
