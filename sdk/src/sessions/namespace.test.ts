import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Namespaces } from './namespace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const IDLE_MS = 1_000;

function keeper() {
  const closed: string[] = [];
  const namespaces = new Namespaces();
  const keep = (key: string) => {
    const namespace = namespaces.enter(key);
    namespace.keep('it', () => ({ close: (reason) => void closed.push(`${key}: ${reason}`) }));
    return namespace;
  };
  return { namespaces, keep, closed };
}

describe('what a host keeps for a session', () => {
  it('is there when the next handle comes, and made once', () => {
    const { namespaces, keep } = keeper();
    const first = keep('a');
    const made = { close: () => {} };
    expect(first.keep('other', () => made)).toBe(made);
    namespaces.leave(first, IDLE_MS);
    const second = namespaces.enter('a');
    expect(second).toBe(first);
    expect(second.keep('other', () => ({ close: () => {} }))).toBe(made);
  });

  it('is closed when the session ends, and made anew then', async () => {
    const { namespaces, keep, closed } = keeper();
    keep('a');
    await namespaces.end('a', 'disposed of');
    await namespaces.end('a', 'again');
    await namespaces.end('b', 'never was');
    expect(closed).toEqual(['a: disposed of']);
    await keep('a').end('another one');
    expect(closed).toEqual(['a: disposed of', 'a: another one']);
  });

  it('is closed when nobody has the session for its idle time, and not while somebody has', async () => {
    const { namespaces, keep, closed } = keeper();
    const namespace = keep('a');
    await vi.advanceTimersByTimeAsync(10 * IDLE_MS);
    namespaces.leave(namespace, IDLE_MS);
    await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
    namespaces.enter('a');
    await vi.advanceTimersByTimeAsync(10 * IDLE_MS);
    expect(closed).toEqual([]);
    namespaces.leave(namespace, IDLE_MS);
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    expect(closed).toEqual(['a: the session was evicted']);
  });

  it('is closed with the host, also where one of them cannot be', async () => {
    const { namespaces, keep, closed } = keeper();
    keep('a').keep('bad', () => ({ close: () => Promise.reject(new Error('no')) }));
    keep('b');
    await namespaces.endAll('closed');
    expect(closed).toEqual(['a: closed', 'b: closed']);
  });

  it('is nothing where nothing is kept', () => {
    const { namespaces } = keeper();
    const empty = namespaces.enter('a');
    namespaces.leave(empty, IDLE_MS);
    expect(namespaces.enter('a')).not.toBe(empty);
    expect(vi.getTimerCount()).toBe(0);
  });
});
