import { expect, it } from 'vitest';
import { PeerCount } from './peer-count.ts';

it('gives each peer its own places, and takes them back', () => {
  const peers = new PeerCount(2);
  expect([peers.enter('a'), peers.enter('a'), peers.enter('a')]).toEqual([true, true, false]);
  expect(peers.enter('b')).toBe(true);
  peers.leave('a');
  expect([peers.enter('a'), peers.enter('a')]).toEqual([true, false]);
});

it('counts nobody who has no address', () => {
  const peers = new PeerCount(1);
  expect([peers.enter(undefined), peers.enter(undefined)]).toEqual([true, true]);
});
