import { lookup } from 'node:dns/promises';

/** Every address of a name, as text. Whoever aborts does not wait; the look-up may go on. */
export type Resolver = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** The system's own way: /etc/hosts and mDNS count, because home networks name their machines there. */
export const systemResolver: Resolver = async (name) => {
  const found = await lookup(name, { all: true });
  return found.map(({ address }) => address);
};
