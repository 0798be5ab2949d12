import { GuestFault, type Capability, type RunContext } from '../capability.ts';

const NAME = 'timers';
const MAX_MS = 2 ** 31 - 1;

interface Wait {
  end(): void;
}

/** Waits for a run's next timer. A run has one wait: a new one ends the one before it. */
export const timersCapability: Capability = {
  name: NAME,
  uncounted: ['wait'],
  async: {
    wait: async (context, { json }) => {
      const ms = (json as { ms?: unknown } | undefined)?.ms;
      if (typeof ms !== 'number' || !(ms >= 0 && ms <= MAX_MS)) {
        throw new GuestFault('TypeError', 'ms must be a number of milliseconds');
      }
      await wait(context, ms);
      return {};
    },
  },
};

function wait(context: RunContext, ms: number): Promise<void> {
  (context.state.get(NAME) as Wait | undefined)?.end();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      context.signal.removeEventListener('abort', end);
      if (context.state.get(NAME) === current) context.state.delete(NAME);
      resolve();
    };
    const timer = setTimeout(end, ms);
    const current: Wait = { end };
    context.state.set(NAME, current);
    context.signal.addEventListener('abort', end, { once: true });
  });
}
