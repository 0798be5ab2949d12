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
      refusedCIDRs: [],
      refusedPorts: [],
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

  it('are addresses of a network too, where the control socket has a token', () => {
    const open = {
      COFFERDAM_EGRESS_SOCKET: '0.0.0.0:5911',
      COFFERDAM_EGRESS_CONTROL_SOCKET: '[::]:5912',
      COFFERDAM_EGRESS_CONTROL_TOKEN_SHA256: '0123456789abcdef'.repeat(4),
    };
    expect(readEgressConfig(open)).toMatchObject({
      socket: '0.0.0.0:5911',
      controlSocket: '[::]:5912',
      controlTokenSha256: open.COFFERDAM_EGRESS_CONTROL_TOKEN_SHA256,
    });
    for (const hash of [undefined, '', 'the token itself', 'f'.repeat(63), 'F'.repeat(64)]) {
      const without = { ...open, COFFERDAM_EGRESS_CONTROL_TOKEN_SHA256: hash };
      expect(() => readEgressConfig(without)).toThrow(/COFFERDAM_EGRESS_CONTROL_TOKEN_SHA256: /);
    }
  });

  it('are ranges and ports that nobody reaches, the API server of a cluster among them', () => {
    const given = {
      ...NEEDED,
      COFFERDAM_EGRESS_REFUSED_CIDRS: '10.96.0.0/12, fd00::/8',
      COFFERDAM_EGRESS_REFUSED_PORTS: '6443,10248-10260',
      KUBERNETES_SERVICE_HOST: '10.43.0.1',
    };
    expect(readEgressConfig(given)).toMatchObject({
      refusedCIDRs: ['10.96.0.0/12', 'fd00::/8', '10.43.0.1/32'],
      refusedPorts: ['6443', '10248-10260'],
    });
    for (const [name, value] of [
      ['REFUSED_CIDRS', 'home'],
      ['REFUSED_CIDRS', '10.0.0.0'],
      ['REFUSED_PORTS', 'https'],
      ['REFUSED_PORTS', '1-2-3'],
    ] as const) {
      const wrong = { ...NEEDED, [`COFFERDAM_EGRESS_${name}`]: value };
      expect(() => readEgressConfig(wrong)).toThrow(`COFFERDAM_EGRESS_${name}`);
    }
  });

  it('hold 64 aliases of the longest names', () => {
    const host = 'n'.repeat(63).concat('.').repeat(4).slice(0, 253);
    const names = Array.from({ length: 64 }, (_, i) => `${i}`.padStart(2, '0') + host.slice(2));
    const aliases = Object.fromEntries(names.map((name) => [name, `${host}:65535`]));
    const given = { ...NEEDED, COFFERDAM_EGRESS_ALIASES: JSON.stringify(aliases) };
    expect(readAliases(readEgressConfig(given).aliases).size).toBe(64);
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
    [{ ...NEEDED, COFFERDAM_EGRESS_SOCKET: 'egress' }, /COFFERDAM_EGRESS_SOCKET: 'egress' is no/],
    [
      { ...NEEDED, COFFERDAM_EGRESS_CONTROL_SOCKET: '0.0.0.0' },
      /COFFERDAM_EGRESS_CONTROL_SOCKET: '0\.0\.0\.0' is no socket's path and no host:port/,
    ],
    [
      { ...NEEDED, COFFERDAM_EGRESS_CONTROL_SOCKET: '127.0.0.1:5912' },
      /COFFERDAM_EGRESS_CONTROL_TOKEN_SHA256: is needed where COFFERDAM_EGRESS_CONTROL_SOCKET is no/,
    ],
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

  it('lead to a name and port', () => {
    const names = { demo: 'Demo.cofferdam.svc:80', nas: 'nas:8080', dot: 'a.example.:1' };
    const aliases = readAliases(names);
    expect(aliases.get('demo')).toEqual({ name: 'demo.cofferdam.svc', port: 80 });
    expect(aliases.get('nas')).toEqual({ name: 'nas', port: 8080 });
    expect(aliases.get('dot')).toEqual({ name: 'a.example.', port: 1 });
  });

  it.each([
    '127.0.0.1',
    'demo.cofferdam.svc',
    '127.0.0.1:0',
    'demo:65536',
    ':80',
    '[]:80',
    '[demo]:80',
    '::1:80',
    '999.1.1.1:80',
    '127.1:80',
    '0x7f.1:80',
    '0x7f000001:80',
    'demo.123:80',
    'http://demo:80',
    'demo/x:80',
    'a@demo:80',
    'demo svc:80',
    'demo\n:80',
    'demo%2e:80',
    'a..b:80',
    '-a.b:80',
    'münchen.de:80',
    `${'a'.repeat(64)}.b:80`,
  ])('refuse %j', (where) =>
    expect(() => readAliases({ demo: where })).toThrow(/'demo' needs a host and a port/),
  );

  it.each(['169.254.169.254:80', '0.0.0.0:80', '[::]:80', '[fd00:ec2::254]:80'])(
    'refuse %s, which nobody may reach',
    (where) =>
      expect(() => readAliases({ demo: where })).toThrow(/'demo' leads to an address that nobody/),
  );
});
