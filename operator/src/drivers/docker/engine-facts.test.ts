import type { CofferdamError } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { connectEngine } from './connection.ts';
import { askEngine, requireLimits, requireSeccomp } from './engine-facts.ts';

const refusal = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return (error as CofferdamError).code;
  }
  return undefined;
};

describe('an engine', () => {
  it.each([
    [{ MemoryLimit: true, PidsLimit: true }, undefined],
    [{}, undefined],
    [{ MemoryLimit: false, PidsLimit: true }, 'INVALID_CONFIG'],
    [{ MemoryLimit: true, PidsLimit: false }, 'INVALID_CONFIG'],
  ])('that says %j of limits', (facts, code) => {
    expect(refusal(() => requireLimits(facts))).toBe(code);
  });

  it.each([
    [['name=seccomp,profile=default'], undefined],
    [['name=apparmor', 'name=seccomp,profile=builtin'], undefined],
    [['name=seccomp,profile=unconfined'], 'INVALID_CONFIG'],
    [['name=apparmor'], 'INVALID_CONFIG'],
    [null, 'INVALID_CONFIG'],
    [undefined, 'INVALID_CONFIG'],
  ])('that says %j of security', (SecurityOptions, code) => {
    const facts = SecurityOptions === undefined ? {} : { SecurityOptions };
    expect(refusal(() => requireSeccomp(facts))).toBe(code);
  });

  it.each(['tcp://127.0.0.1:2375', 'ssh://somebody@machine', '/var/run/docker.sock', ''])(
    'at %j is not one of this machine’s',
    async (address) => {
      await expect(connectEngine(address)).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    },
  );

  it('that is not there is said with its address', async () => {
    const address = 'unix:///nowhere/docker.sock';
    const docker = await connectEngine(address);
    await expect(askEngine(docker, address)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining(`no Docker engine answers at ${address}`),
    });
  });
});
