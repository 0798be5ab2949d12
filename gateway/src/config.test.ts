import { describe, expect, it } from 'vitest';
import { readGatewayConfig } from './config.ts';

const refusal = (environment: NodeJS.ProcessEnv): { code?: string; message?: string } => {
  try {
    readGatewayConfig(environment);
    return {};
  } catch (error) {
    return error as { code: string; message: string };
  }
};

describe('the gateway’s settings', () => {
  it('have the defaults of isolate-service', () => {
    expect(readGatewayConfig({})).toMatchObject({
      port: 5900,
      host: '127.0.0.1',
      logLevel: 'info',
      rateLimit: 60,
      maxConcurrent: 50,
    });
    expect(readGatewayConfig({}).authToken).toBeUndefined();
  });

  it('are read from the environment, and flags go before it', () => {
    const environment = {
      ISOLATE_PORT: '6000',
      ISOLATE_HOST: '0.0.0.0',
      ISOLATE_AUTH_TOKEN: '12345',
      DENO_PATH: '/opt/deno',
      PATH: '/bin',
    };
    expect(readGatewayConfig(environment, { port: 7000 })).toMatchObject({
      port: 7000,
      host: '0.0.0.0',
      authToken: '12345',
      denoPath: '/opt/deno',
    });
    expect(Object.isFrozen(readGatewayConfig({}))).toBe(true);
  });

  it('take an empty variable as one that is not set', () => {
    const config = readGatewayConfig({ ISOLATE_AUTH_TOKEN: '', ISOLATE_PORT: '' });
    expect(config.authToken).toBeUndefined();
    expect(config.port).toBe(5900);
  });

  it.each([
    ['ISOLATE_PORT', 'http'],
    ['ISOLATE_PORT', '65536'],
    ['ISOLATE_PORT', '0x50'],
    ['ISOLATE_RATE_LIMIT', '-1'],
    ['ISOLATE_MAX_CONCURRENT', '0'],
    ['ISOLATE_LOG_LEVEL', 'loud'],
  ])('refuse %s=%s and name it', (name, value) => {
    expect(refusal({ [name]: value })).toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(name),
    });
  });

  it('refuse an unknown name, with the one that was meant', () => {
    const { code, message } = refusal({ ISOLATE_AUTH_TOKN: 'x', ISOLATE_SOMETHING_ELSE: '1' });
    expect(code).toBe('INVALID_CONFIG');
    expect(message).toContain('ISOLATE_AUTH_TOKN: is no setting; did you mean ISOLATE_AUTH_TOKEN?');
    expect(message).toContain('ISOLATE_SOMETHING_ELSE: is no setting;'.slice(0, -1));
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'myhost', '127.0.0.1.example'])(
    'refuse to bind to %s without a token, and say what to set',
    (host) => {
      expect(refusal({ ISOLATE_HOST: host })).toMatchObject({
        code: 'INSECURE_BIND',
        message: expect.stringContaining('set ISOLATE_AUTH_TOKEN'),
      });
      expect(refusal({ ISOLATE_HOST: host, ISOLATE_AUTH_TOKEN: 'x' })).toEqual({});
    },
  );

  it.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost'])('bind to %s without one', (host) => {
    expect(refusal({ ISOLATE_HOST: host })).toEqual({});
  });
});
