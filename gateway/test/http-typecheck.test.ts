import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Typechecks } from '../src/core/typechecks.ts';
import { httpRig, type HttpRig } from './http-rig.ts';

/** Types that take seconds, and memory. */
const SLOW = Array.from({ length: 5_000 }, (_, i) => `let x${i}: R<${900 - (i % 7)}> = null!;`)
  .join('\n')
  .concat(
    `\ntype R<N extends number, A extends any[] = [1]> = A['length'] extends N ? A : R<N, [...A, 1]>;`,
  );

let rig: HttpRig;
beforeAll(async () => {
  rig = await httpRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** The checkers that this process has started. */
function checkers(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === process.pid;
      } catch {
        return false;
      }
    })
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('typecheck'));
}

describe('POST /typecheck', () => {
  it('starts nothing before it is asked, and then answers without a runner', async () => {
    await rig.get('/health');
    expect(checkers()).toEqual([]);
    const { status, body } = await rig.post('/typecheck', {
      code: 'return input.a',
      preset: 'data',
    });
    expect([status, body]).toEqual([200, { success: true, errors: [], errorsCut: false }]);
    expect(checkers()).toHaveLength(1);
  });

  it('answers what is wrong, and where', async () => {
    const { status, body } = await rig.post('/typecheck', {
      code: 'import { a } from "lib";\nexport const b: number = a;',
      profile: 'agent',
      capabilities: ['files'],
      libraryTypes: { lib: 'export const a: string;' },
      compilerOptions: { strict: true },
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      success: false,
      errors: [
        {
          message: "Type 'string' is not assignable to type 'number'.",
          ...{ line: 2, column: 14, endLine: 2, endColumn: 15, code: 2322 },
        },
      ],
      errorsCut: false,
    });
  });

  it.each([
    ['no code', {}, 'INVALID_INPUT'],
    ['an unknown field', { code: '', files: {} }, 'INVALID_INPUT'],
    [
      'an option that is not allowed',
      { code: '', compilerOptions: { typeRoots: ['/'] } },
      'INVALID_INPUT',
    ],
    ['a library with a path', { code: '', libraryTypes: { '../x': '' } }, 'INVALID_INPUT'],
    ['a preset and a profile', { code: '', preset: 'web', profile: 'agent' }, 'INVALID_INPUT'],
    ['too much code', { code: 'x'.repeat(1024 * 1024 + 1) }, 'CODE_TOO_LARGE'],
  ])('refuses %s', async (_what, body, code) => {
    const answer = await rig.post('/typecheck', body);
    expect([answer.status, answer.body.error.code]).toEqual([
      code === 'INVALID_INPUT' ? 400 : 413,
      code,
    ]);
  });

  it('answers a source that takes too much with 422, and goes on', async () => {
    const { status, body } = await rig.post('/typecheck', { code: SLOW });
    expect([status, body.error.code, body.error.retry]).toEqual([422, 'TYPECHECK_EXCEEDED', false]);
    expect((await rig.post('/typecheck', { code: 'return 1' })).body.success).toBe(true);
  });

  it('gives up for a caller who has gone', async () => {
    const [pid] = checkers();
    const gone = request(`${rig.url}/typecheck`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    gone.on('error', () => {});
    gone.end(JSON.stringify({ code: SLOW }), () => setTimeout(() => gone.destroy(), 100));
    await expect.poll(() => checkers().includes(pid!), { timeout: 5_000 }).toBe(false);
    expect((await rig.post('/typecheck', { code: 'return 1' })).body.success).toBe(true);
  });
});

describe('type checks', () => {
  it('are of one tenant after the other', async () => {
    const typechecks = new Typechecks();
    const ended: string[] = [];
    const check = async (tenant: string) => {
      await typechecks.check({ tenant, request: { code: 'return 1' } });
      ended.push(tenant);
    };
    await Promise.all(['many', 'many', 'many', 'many', 'one'].map(check));
    expect(ended.indexOf('one')).toBeLessThanOrEqual(2);
    await typechecks.close();
    await expect(check('one')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });
});
