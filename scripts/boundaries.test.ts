import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { breachesOf, readRoomTable } from './boundaries.ts';

const table = readRoomTable(readFileSync('docs/architecture.md', 'utf8'));
const breaches = (file: string, source: string) =>
  breachesOf(file, source, table).map(({ specifier }) => specifier);

describe('the table of rooms', () => {
  it('is read from the architecture page', () => {
    expect(table.get('protocol')?.has('runner')).toBe(false);
    expect(table.get('gateway')).toEqual(
      new Set(['protocol', 'telemetry', 'typecheck', 'kubernetes']),
    );
    expect(table.get('cli')?.has('operator')).toBe(true);
  });
});

describe('breachesOf', () => {
  it.each([
    ['gateway/src/a.ts', "import { x } from '@cofferdam/protocol';"],
    ['gateway/src/a.ts', "import { x } from './b.ts';"],
    ['gateway/src/a.ts', "import { x } from '@cofferdam/kubernetes';"],
    ['cli/src/main.ts', "import { x } from '@cofferdam/operator';"],
    ['bench/src/a.ts', "import { x } from '@cofferdam/runner';"],
    ['gateway/test/a.test.ts', "import { x } from '@cofferdam/runner';"],
    ['gateway/test/a.test.ts', "import { x } from '../../runner/test/b.ts';"],
    ['runner/src/bridge/fetch/guest.ts', "import { x } from '../../guest/core.ts';"],
    ['runner/src/guest/a.ts', "import 'whatwg-url/webidl2js-wrapper';"],
    ['runner/src/bridge/fetch/host.ts', "import { x } from './stream.ts';"],
  ])('%s may %s', (file, source) => {
    expect(breaches(file, source)).toEqual([]);
  });

  it.each([
    ['gateway/src/a.ts', "import { x } from '@cofferdam/runner';", '@cofferdam/runner'],
    ['protocol/src/a.ts', "import type { x } from '@cofferdam/gateway';", '@cofferdam/gateway'],
    ['egress/src/a.ts', "export * from '@cofferdam/telemetry';", '@cofferdam/telemetry'],
    ['egress/src/a.ts', "import { x } from '@cofferdam/kubernetes';", '@cofferdam/kubernetes'],
    ['egress/src/a.ts', "const x = await import('@cofferdam/cli');", '@cofferdam/cli'],
    [
      'operator/src/a.ts',
      "import {\n  x,\n  y,\n} from '@cofferdam/gateway';",
      '@cofferdam/gateway',
    ],
    ['gateway/src/a.ts', "import { x } from '../../protocol/src/b.ts';", '../../protocol/src/b.ts'],
    ['gateway/src/a.ts', "import { x } from '../../runner/test/b.ts';", '../../runner/test/b.ts'],
    ['runner/src/bridge/fetch/guest.ts', "import { x } from './host.ts';", './host.ts'],
    ['runner/src/guest/a.ts', "import type { x } from '../pool/b.ts';", '../pool/b.ts'],
    ['runner/src/guest/a.ts', "import 'node:fs';", 'node:fs'],
    ['runner/src/guest/a.ts', "import { x } from '@cofferdam/protocol';", '@cofferdam/protocol'],
  ])('%s may not %s', (file, source, specifier) => {
    expect(breaches(file, source)).toEqual([specifier]);
  });
});
