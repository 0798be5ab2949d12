import { describe, expect, it } from 'vitest';
import { readAliases } from './aliases.ts';
import { readEgressConfig } from './config.ts';

const NEEDED = {
  COFFERDAM_EGRESS_SOCKET: '/run/egress.sock',
  COFFERDAM_EGRESS_CONTROL_SOCKET: '/run/control.sock',
};

describe('the settings of egress', () => {
  it('are read from the environment, with defaults', () => {
    expect(
      readEgressConfig({ ...NEEDED, PATH: '/bin', COFFERDAM_EGRESS: 'of the runner' }),
    ).toEqual({
      socket: '/run/egress.sock',
      controlSocket: '/run/control.sock',
      aliases: {},
      exitWithStdin: false,
    });
    const given = {
      ...NEEDED,
      COFFERDAM_EGRESS_ALIASES: '{"demo":"127.0.0.1:8123"}',
      COFFERDAM_EGRESS_EXIT_WITH_STDIN: 'true',
    };
    expect(readEgressConfig(given)).toMatchObject({
      aliases: { demo: '127.0.0.1:8123' },
      exitWithStdin: true,
    });
  });

  it.each([
    [{}, /COFFERDAM_EGRESS_SOCKET: must be string; COFFERDAM_EGRESS_CONTROL_SOCKET: must/],
    [{ ...NEEDED, COFFERDAM_EGRESS_SOKET: 'x' }, /unknown setting COFFERDAM_EGRESS_SOKET/],
    [{ ...NEEDED, COFFERDAM_EGRESS_ALIASES: '{' }, /COFFERDAM_EGRESS_ALIASES/],
    [{ ...NEEDED, COFFERDAM_EGRESS_ALIASES: '{"a":1}' }, /COFFERDAM_EGRESS_ALIASES/],
    [
      { ...NEEDED, COFFERDAM_EGRESS_EXIT_WITH_STDIN: 'yes' },
      /COFFERDAM_EGRESS_EXIT_WITH_STDIN: must be boolean/,
    ],
    [{ ...NEEDED, COFFERDAM_EGRESS_SOCKET: '/'.repeat(200) }, /COFFERDAM_EGRESS_SOCKET/],
  ])('%j is refused', (environment, message) => {
    expect(() => readEgressConfig(environment)).toThrow(message);
    expect(() => readEgressConfig(environment)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });
});

describe('aliases', () => {
  it('lead to one address and port', () => {
    const aliases = readAliases({ Demo: '127.0.0.1:8123', six: '[::1]:80' });
    expect(aliases.get('demo')).toMatchObject({ address: { text: '127.0.0.1' }, port: 8123 });
    expect(aliases.get('six')).toMatchObject({ address: { text: '::1' }, port: 80 });
  });

  it.each([
    'localhost:80',
    '127.0.0.1',
    '127.0.0.1:0',
    '127.0.0.1:65536',
    '169.254.169.254:80',
    ':80',
  ])('refuse %s', (where) =>
    expect(() => readAliases({ demo: where })).toThrow(/needs an address and a port/),
  );
});
