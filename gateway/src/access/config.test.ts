import { describe, expect, it } from 'vitest';
import { readGatewayConfig } from '../config.ts';
import { accessSettings, asksForTokens } from './config.ts';

describe('the settings of access', () => {
  it('are off unless set; an empty variable is not set', () => {
    const none = accessSettings.read({ COFFERDAM_TOKENS_FILE: '', COFFERDAM_KUBERNETES_AUTH: '' });
    expect(none).toEqual({ kubernetesAuth: 'false' });
    expect(asksForTokens(none)).toBe(false);
  });

  it('are read from the environment', () => {
    const access = accessSettings.read({
      COFFERDAM_TOKENS_FILE: '/tokens',
      COFFERDAM_KUBERNETES_AUTH: 'true',
      COFFERDAM_TOKEN_AUDIENCE: 'cofferdam',
    });
    expect(access).toEqual({
      tokensFile: '/tokens',
      kubernetesAuth: 'true',
      tokenAudience: 'cofferdam',
    });
  });

  it('with a wrong value are refused and named', () => {
    expect(() => readGatewayConfig({ COFFERDAM_KUBERNETES_AUTH: 'yes' })).toThrow(
      /COFFERDAM_KUBERNETES_AUTH.*'true', 'false'/,
    );
  });

  it.each([{ COFFERDAM_TOKENS_FILE: '/tokens' }, { COFFERDAM_KUBERNETES_AUTH: 'true' }])(
    'let it be reached by others: %o',
    (environment) => {
      const all = { ISOLATE_HOST: '0.0.0.0', ...environment };
      expect(readGatewayConfig(all).host).toBe('0.0.0.0');
    },
  );

  it('do not let it be reached by others where they ask for no token', () => {
    const environment = { ISOLATE_HOST: '0.0.0.0', COFFERDAM_KUBERNETES_AUTH: 'false' };
    expect(() => readGatewayConfig(environment)).toThrow(/ISOLATE_AUTH_TOKEN/);
  });
});
