import { describe, expect, it } from 'vitest';
import { namespacesOf, operatorSettings } from './config.ts';

const ENVIRONMENT = {
  COFFERDAM_NAMESPACE: 'cofferdam',
  COFFERDAM_POD_NAME: 'operator-0',
  COFFERDAM_RUNNER_NAMESPACE: 'cofferdam-runners',
  COFFERDAM_RUNNER_IMAGE: 'cofferdam-runner:1',
  COFFERDAM_RUNNERS_SERVICE: 'cofferdam-runners',
  COFFERDAM_EGRESS_SERVICE: 'cofferdam-egress',
  COFFERDAM_CONTROL_SERVICE: 'cofferdam-control',
  COFFERDAM_LEASE_NAME: 'cofferdam-operator',
};

describe('the operator’s settings', () => {
  it('are read with their defaults; an empty variable is none', () => {
    const config = operatorSettings.read({
      ...ENVIRONMENT,
      COFFERDAM_HEALTH_PORT: '',
      HOME: '/root',
    });
    expect(config).toMatchObject({
      namespace: 'cofferdam',
      healthPort: 5903,
      runnerImagePullPolicy: 'IfNotPresent',
      watchNamespaces: '',
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(namespacesOf(config)).toEqual([]);
  });

  it('name namespaces with commas between', () => {
    const config = operatorSettings.read({
      ...ENVIRONMENT,
      COFFERDAM_WATCH_NAMESPACES: ' a, b,,c ',
    });
    expect(namespacesOf(config)).toEqual(['a', 'b', 'c']);
  });

  const WRONG: [string, string][] = [
    ['COFFERDAM_NAMESPACE', ''],
    ['COFFERDAM_LEASE_NAME', 'x'.repeat(254)],
    ['COFFERDAM_HEALTH_PORT', 'http'],
    ['COFFERDAM_HEALTH_PORT', '65536'],
    ['COFFERDAM_HEALTH_PORT', '1.5'],
    ['COFFERDAM_RUNNER_IMAGE_PULL_POLICY', 'Sometimes'],
  ];
  it.each(WRONG)('%s=%s is an error that names it', (variable, value) => {
    const read = () => operatorSettings.read({ ...ENVIRONMENT, [variable]: value });
    expect(read).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    if (value !== '') expect(read).toThrow(variable);
  });
});
