import { type Killer } from '../killer.ts';

const COMPILER = { class: 'compiler' } as const;
/** A source may have a mebibyte. */
const FULL = 1_000_000;
const REFUSED = ['CompileError'] as const;

const nested = (open: string, close: string, inside = '1', length = FULL) => {
  const depth = Math.floor(length / (open.length + close.length));
  return `return ${open.repeat(depth)}${inside}${close.repeat(depth)}`;
};

/** Sources that end whoever reads them: the tenant's compiler process is one, V8's parser another. */
export const COMPILER_SHAPES: readonly Killer[] = [
  { ...COMPILER, name: 'parentheses', code: nested('(', ')'), ends: REFUSED, from: 'quick' },
  { ...COMPILER, name: 'brackets without an end', code: '['.repeat(FULL), ends: REFUSED },
  {
    ...COMPILER,
    name: 'ten mebibytes of brackets',
    code: '['.repeat(10 * 2 ** 20),
    ends: ['BODY_TOO_LARGE'],
    from: 'ci',
  },
  { ...COMPILER, name: 'objects in objects', code: nested('{a:', '}'), ends: REFUSED },
  { ...COMPILER, name: 'arrow functions', code: nested('()=>', ''), ends: REFUSED },
  { ...COMPILER, name: 'conditions', code: nested('1?', ':1'), ends: REFUSED },
  { ...COMPILER, name: 'negations', code: nested('!', ''), ends: REFUSED, from: 'ci' },
  { ...COMPILER, name: 'templates', code: nested('`${', '}`'), ends: REFUSED },
  {
    ...COMPILER,
    name: 'blocks',
    code: `${'{'.repeat(FULL / 2)}${'}'.repeat(FULL / 2)}`,
    ends: REFUSED,
  },
  {
    ...COMPILER,
    name: 'a sum of half a million',
    code: `return ${'1+'.repeat(FULL / 2 - 10)}1`,
    ends: REFUSED,
  },
  {
    ...COMPILER,
    name: 'types of types',
    code: `type A<T> = T; let x: ${'A<'.repeat(FULL / 4)}1${'>'.repeat(FULL / 4)}; return 1`,
    ends: REFUSED,
    from: 'ci',
  },
  {
    ...COMPILER,
    name: 'sixty thousand declarations',
    code: `let ${Array.from({ length: 6e4 }, (_, i) => `v${i}=${i}`).join()}; for (;;);`,
    limits: { cpuTimeMs: 400 },
    ends: ['CpuTime'],
  },
  {
    ...COMPILER,
    name: 'a literal of a regular expression, nested',
    code: `return /${'('.repeat(FULL / 3)}a${')'.repeat(FULL / 3)}/.test('a')`,
    ends: REFUSED,
  },
];
