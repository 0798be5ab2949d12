import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { migrate } from './migrations.ts';
import { SessionTable, type SessionEnding } from './session-table.ts';

const LOST: SessionEnding = { code: 'SESSION_LOST', message: 'gone', until: 100, told: false };
let database: DatabaseSync;
let table: SessionTable;

beforeEach(() => {
  database = new DatabaseSync(':memory:');
  migrate(database);
  table = new SessionTable(database);
});

const add = (id: string, tenant = 'ash') =>
  table.add({ id, tenant, key: `of ${id}`, createdAt: 1 });
const idsAt = (now: number, lost = LOST) => table.takeOver(lost, now).map(({ id }) => id);

describe('the table of sessions', () => {
  it('answers the next gateway what there was, and why it is gone', () => {
    for (const id of ['a', 'b', 'c']) add(id);
    const expired = { code: 'SESSION_EXPIRED', message: 'idle', until: 50, told: true } as const;
    table.end('b', expired);
    table.delete('c');
    expect(table.takeOver(LOST, 0)).toEqual([
      { id: 'b', tenant: 'ash', key: 'of b', createdAt: 1, ...expired },
      { id: 'a', tenant: 'ash', key: 'of a', createdAt: 1, ...LOST },
    ]);
    // It stays as the first one found it.
    expect(idsAt(60, { ...LOST, until: 1_000 })).toEqual(['a']);
    expect(idsAt(100)).toEqual([]);
  });

  it('keeps so many of a tenant, and none that is asked for no more', () => {
    add('other', 'birch');
    table.end('other', LOST);
    for (let at = 0; at < 4_100; at++) {
      add(`s${at}`);
      table.end(`s${at}`, LOST);
    }
    const ids = idsAt(0);
    expect(ids).toHaveLength(4_097);
    expect(ids).not.toContain('s3');
    expect(ids).toEqual(expect.arrayContaining(['other', 's4', 's4099']));
    table.forget(100);
    expect(idsAt(0)).toEqual([]);
  });
});
