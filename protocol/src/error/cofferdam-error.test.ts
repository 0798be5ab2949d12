import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  codeOfExit,
  exitOfCode,
  EXIT_REASONS,
  INFRASTRUCTURE_EXITS,
  type ExitReason,
} from '../run/exit-reason.ts';
import { ERROR_CATALOGUE, ERROR_CODES } from './catalogue.ts';
import { CofferdamError } from './cofferdam-error.ts';

describe('CofferdamError', () => {
  it('survives the wire with its code and message, and nothing else', () => {
    const cause = new Error('a secret');
    const error = new CofferdamError('QUEUE_FULL', 'wait', { cause, details: { secret: 1 } });
    const wire: unknown = JSON.parse(JSON.stringify(error.toWire()));
    expect(wire).toEqual({ code: 'QUEUE_FULL', message: 'wait' });
    expect(CofferdamError.fromWire(wire)).toMatchObject({ code: 'QUEUE_FULL', message: 'wait' });
  });

  it('says nothing of an error that is none of ours', () => {
    const wire = CofferdamError.from(new Error('password=hunter2')).toWire();
    expect(wire).toEqual({ code: 'INTERNAL', message: ERROR_CATALOGUE.INTERNAL.meaning });
  });

  it('reads anything that a peer may send as an error of the catalogue', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (wire) => {
        expect(ERROR_CODES).toContain(CofferdamError.fromWire(wire).code);
      }),
    );
    const long = CofferdamError.fromWire({ code: 'INTERNAL', message: 'x'.repeat(1e6) });
    expect(long.message.length).toBeLessThanOrEqual(4096);
  });
});

describe('the catalogue', () => {
  it.each(ERROR_CODES)('%s has a status, a meaning and an action', (code) => {
    const { status, meaning, action } = ERROR_CATALOGUE[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
    expect(action).toMatch(/\.$/);
  });

  it('blames the script for an ending exactly when asking again is of no use', () => {
    const failures = EXIT_REASONS.filter(
      (r): r is Exclude<ExitReason, 'Completed'> => r !== 'Completed',
    );
    for (const reason of failures) {
      expect(exitOfCode(codeOfExit(reason))).toBe(reason);
      const { retry, blame } = ERROR_CATALOGUE[codeOfExit(reason)];
      expect(retry).toBe(INFRASTRUCTURE_EXITS.has(reason));
      expect(blame === 'script').toBe(!INFRASTRUCTURE_EXITS.has(reason));
    }
  });
});
