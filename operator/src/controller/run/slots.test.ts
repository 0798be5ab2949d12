import { describe, expect, it } from 'vitest';
import { Slots } from './slots.ts';

function rig(total: number, perNamespace: number) {
  const slots = new Slots({ total, perNamespace });
  const taken: string[] = [];
  const enter = (name: string, signal = new AbortController().signal) => {
    slots.enter(name.split('-')[0]!, () => void taken.push(name), signal);
  };
  return { slots, taken, enter };
}

describe('places', () => {
  it('are given at once, so many in all', () => {
    const { slots, taken, enter } = rig(2, 2);
    for (const name of ['a-1', 'a-2', 'a-3']) enter(name);
    expect(taken).toEqual(['a-1', 'a-2']);
    slots.leave('a');
    expect(taken).toEqual(['a-1', 'a-2', 'a-3']);
  });

  it('go round the namespaces, however many runs one of them has', () => {
    const { slots, taken, enter } = rig(1, 1);
    for (const name of ['a-1', 'a-2', 'a-3', 'a-4', 'b-1', 'b-2', 'c-1']) enter(name);
    for (const namespace of ['a', 'a', 'b', 'c', 'a', 'b']) slots.leave(namespace);
    expect(taken).toEqual(['a-1', 'a-2', 'b-1', 'c-1', 'a-3', 'b-2', 'a-4']);
  });

  it('are left to others when a namespace has its share', () => {
    const { slots, taken, enter } = rig(4, 2);
    for (const name of ['a-1', 'a-2', 'a-3', 'b-1']) enter(name);
    expect(taken).toEqual(['a-1', 'a-2', 'b-1']);
    slots.leave('b');
    expect(taken).toHaveLength(3);
    slots.leave('a');
    expect(taken.at(-1)).toBe('a-3');
  });

  it('are not given to who went away', () => {
    const { slots, taken, enter } = rig(1, 1);
    const gone = new AbortController();
    enter('a-1');
    enter('a-2', gone.signal);
    enter('a-3');
    gone.abort();
    slots.leave('a');
    expect(taken).toEqual(['a-1', 'a-3']);
  });
});
