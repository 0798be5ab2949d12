import { networkInterfaces } from 'node:os';
import { classify, type ClassifiedAddress } from './address.ts';

const LOCAL_RANGES = new Set(['loopback', 'linkLocal']);

/** Whether it leads back to the machine that egress runs on, or no further than its link. */
export function isLocal({ judged }: ClassifiedAddress): boolean {
  return judged !== undefined && (LOCAL_RANGES.has(judged.range()) || isOwn(judged.toString()));
}

/** Asked each time: a machine's addresses change while a process lives. */
function isOwn(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some((one) => classify(one.address).judged?.toString() === address);
}
