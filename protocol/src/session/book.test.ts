import { beforeEach, describe, expect, it } from 'vitest';
import { SessionBook, type BookedSession } from './book.ts';

const IDLE_MS = 1_000;
const HOUR_MS = 3_600_000;
const LOST = { message: 'Memory: too much', told: false };
let now = 0;
let book: SessionBook;

beforeEach(() => {
  now = 0;
  book = new SessionBook({ maxSessions: 3, now: () => now });
});

function live(key: string, idleMs = IDLE_MS): BookedSession {
  const { session } = book.acquire(key, idleMs);
  book.opened(session);
  return session;
}

function idle(key: string, idleMs = IDLE_MS): BookedSession {
  const session = live(key, idleMs);
  book.released(session);
  return session;
}

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const acquire = (key: string) => codeOf(() => book.acquire(key, IDLE_MS));

describe('a key', () => {
  it('goes from absent to opening to live to idle and back to live', () => {
    expect(book.state('a')).toBe('absent');
    const { session, created } = book.acquire('a', IDLE_MS);
    expect([created, book.state('a')]).toEqual([true, 'opening']);
    book.opened(session);
    expect(book.state('a')).toBe('live');
    expect(book.released(session)).toBe(IDLE_MS);
    expect(book.state('a')).toBe('idle');
    expect(book.acquire('a', IDLE_MS)).toEqual({ session, created: false });
    expect(book.state('a')).toBe('live');
    expect(book.size).toBe(1);
  });

  it('has one handle at a time, also while its session is being opened', () => {
    const { session } = book.acquire('a', IDLE_MS);
    expect(acquire('a')).toBe('SESSION_IN_USE');
    book.opened(session);
    expect(acquire('a')).toBe('SESSION_IN_USE');
    book.released(session);
    expect(acquire('a')).toBe('nothing');
    expect(acquire('a')).toBe('SESSION_IN_USE');
  });

  it('has nothing to do with another key', () => {
    live('a');
    expect(acquire('b')).toBe('nothing');
    expect(book.state('b')).toBe('opening');
  });
});

describe('eviction', () => {
  it('is due when nobody had the session for its idle time, and not before', () => {
    const session = idle('a');
    now = IDLE_MS - 1;
    expect(book.expire()).toEqual([]);
    now = IDLE_MS;
    expect(book.expire()).toEqual([session]);
    expect(book.state('a')).toBe('gone');
    expect(book.size).toBe(0);
    expect(book.expire()).toEqual([]);
  });

  it('is told to whoever asks next, for an hour', () => {
    idle('a');
    now = IDLE_MS;
    book.expire();
    expect(acquire('a')).toBe('SESSION_EXPIRED');
    expect(acquire('a')).toBe('SESSION_EXPIRED');
    now = IDLE_MS + HOUR_MS - 1;
    expect(acquire('a')).toBe('SESSION_EXPIRED');
    now = IDLE_MS + HOUR_MS;
    expect(book.state('a')).toBe('absent');
    expect(book.acquire('a', IDLE_MS).created).toBe(true);
  });

  it('cannot be missed by an owner who has not looked yet', () => {
    const session = idle('a');
    now = IDLE_MS;
    expect(acquire('a')).toBe('SESSION_EXPIRED');
    expect(book.expire()).toEqual([session]);
  });

  it('counts anew after each handle, by what that handle said', () => {
    const session = idle('a');
    now = IDLE_MS - 1;
    book.acquire('a', 5_000);
    now = 100_000;
    expect(book.expire()).toEqual([]);
    book.released(session);
    now += 4_999;
    expect(book.expire()).toEqual([]);
    now += 1;
    expect(book.expire()).toHaveLength(1);
  });

  it('knows when it has to look next', () => {
    expect(book.dueInMs).toBeUndefined();
    live('a');
    expect(book.dueInMs).toBeUndefined();
    idle('b', 500);
    idle('c', 300);
    expect(book.dueInMs).toBe(300);
    now = 400;
    expect(book.dueInMs).toBe(0);
    book.expire();
    expect(book.dueInMs).toBe(100);
  });

  it('never takes a session that somebody has', () => {
    live('a');
    book.acquire('b', IDLE_MS);
    now = 10 * HOUR_MS;
    expect(book.expire()).toEqual([]);
  });
});

describe('an end that nobody asked for', () => {
  it('frees the key where its handle was told', () => {
    book.ended(live('a'), { ...LOST, told: true });
    expect(book.state('a')).toBe('absent');
    expect(book.acquire('a', IDLE_MS).created).toBe(true);
  });

  it('is told to whoever asks next where nobody was', () => {
    book.ended(idle('a'), LOST);
    expect(book.state('a')).toBe('gone');
    expect(() => book.acquire('a', IDLE_MS)).toThrow('the session was lost: Memory: too much');
    expect(acquire('a')).toBe('SESSION_LOST');
    now = HOUR_MS;
    expect(acquire('a')).toBe('nothing');
  });

  it('comes in every state', () => {
    book.ended(book.acquire('a', IDLE_MS).session, LOST);
    book.ended(live('b'), LOST);
    book.ended(idle('c'), LOST);
    expect(['a', 'b', 'c'].map(acquire)).toEqual(Array(3).fill('SESSION_LOST'));
  });
});

describe('disposing', () => {
  it('answers the session that there is to end, in every state', () => {
    const opening = book.acquire('a', IDLE_MS).session;
    const had = live('b');
    const left = idle('c');
    expect(['a', 'b', 'c'].map((key) => book.dispose(key))).toEqual([opening, had, left]);
    expect(book.size).toBe(0);
    expect(book.dispose('a')).toBeUndefined();
    expect(book.acquire('a', IDLE_MS).created).toBe(true);
  });

  it('forgets why a session is gone', () => {
    book.ended(idle('a'), LOST);
    expect(book.dispose('a')).toBeUndefined();
    expect(book.acquire('a', IDLE_MS).created).toBe(true);
    idle('b');
    now = IDLE_MS;
    book.expire();
    book.dispose('b');
    expect(acquire('b')).toBe('nothing');
  });
});

describe('what happens to an earlier session of a key', () => {
  it('changes nothing for its next one', () => {
    const before = live('a');
    book.dispose('a');
    const { session } = book.acquire('a', IDLE_MS);
    book.ended(before, LOST);
    expect(book.state('a')).toBe('opening');
    book.opened(before);
    expect(book.state('a')).toBe('opening');
    book.opened(session);
    expect(book.released(before)).toBeUndefined();
    expect(book.state('a')).toBe('live');
  });

  it('does not come back from an eviction or an end', () => {
    const evicted = idle('a');
    now = IDLE_MS;
    book.expire();
    book.ended(evicted, LOST);
    expect(acquire('a')).toBe('SESSION_EXPIRED');
    const lost = idle('b');
    book.ended(lost, { ...LOST, told: true });
    book.ended(lost, LOST);
    book.opened(lost);
    expect(book.released(lost)).toBeUndefined();
    expect(book.state('b')).toBe('absent');
  });

  it('is not released, opened or ended twice', () => {
    const session = live('a');
    book.opened(session);
    expect(book.released(session)).toBe(IDLE_MS);
    now = 500;
    expect(book.released(session)).toBeUndefined();
    expect(book.dueInMs).toBe(500);
    book.opened(session);
    expect(book.state('a')).toBe('idle');
  });
});

describe('numbers', () => {
  it('are bounded: sessions of any state are refused beyond them', () => {
    book.acquire('a', IDLE_MS);
    live('b');
    idle('c');
    expect(acquire('d')).toBe('QUEUE_FULL');
    book.dispose('b');
    expect(acquire('d')).toBe('nothing');
  });

  it('are bounded for what is remembered: the oldest is forgotten', () => {
    for (let i = 0; i < 4_097; i++) book.ended(live(`key-${i}`), LOST);
    expect(book.state('key-0')).toBe('absent');
    expect(book.state('key-1')).toBe('gone');
    expect(book.state('key-4096')).toBe('gone');
  });

  it('are bounded for what is said', () => {
    book.ended(live('a'), { message: 'x'.repeat(100_000), told: false });
    expect(() => book.acquire('a', IDLE_MS)).toThrow(/^.{1000,1100}$/s);
  });

  it('are an owner’s own by default', () => {
    const ample = new SessionBook({});
    for (let i = 0; i < 1_024; i++) ample.acquire(`key-${i}`, IDLE_MS);
    expect(codeOf(() => ample.acquire('one more', IDLE_MS))).toBe('QUEUE_FULL');
  });
});

describe('what is remembered', () => {
  it('can be read, and be taken over by the next book', () => {
    book.ended(live('a'), LOST);
    const gone = book.gone('a')!;
    expect(gone).toEqual({
      code: 'SESSION_LOST',
      message: 'the session was lost: Memory: too much',
      until: HOUR_MS,
    });
    const next = new SessionBook({ now: () => now });
    expect([next.isEmpty, next.gone('a')]).toEqual([true, undefined]);
    next.restore('a', gone);
    expect(next.isEmpty).toBe(false);
    expect(codeOf(() => next.acquire('a', IDLE_MS))).toBe('SESSION_LOST');
    now = HOUR_MS;
    expect([next.isEmpty, next.state('a')]).toEqual([true, 'absent']);
  });
});
