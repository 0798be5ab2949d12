import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MAX_NETWORK_NAME, NETWORK } from '@cofferdam/protocol';
import { V8Sandbox } from '../src/index.ts';
import { Isolate } from '../src/workers/isolate.ts';

const GUEST_NAMES = new URL('../../runner/src/bridge/network/guest/names.ts', import.meta.url).href;
const TYPES = new URL('../../typecheck/types/host.d.ts', import.meta.url);

function declaredIn(name: string): string[] {
  const text = readFileSync(TYPES, 'utf8');
  const body = new RegExp(`^interface ${name} \\{\n([^]*?)^\\}`, 'm').exec(text)![1]!;
  const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)[(:<]/gm)].map(
    ([, member]) => member!,
  );
  return [...new Set(members)].toSorted();
}

const methodsOf = (prototype: object, ...own: string[]) =>
  Object.getOwnPropertyNames(prototype)
    .filter((name) => name !== 'constructor' && !own.includes(name))
    .toSorted();

it('guest and host mean the same by what they post', async () => {
  const names = (await import(GUEST_NAMES)) as Record<string, string>;
  expect([names.MESSAGE, names.FAILURE, names.SYNC]).toEqual([
    NETWORK.message,
    NETWORK.error,
    NETWORK.sync,
  ]);
  expect(JSON.parse(names.REQUEST!)).toEqual({ t: NETWORK.request });
  expect(names.MAX_NAME).toBe(MAX_NETWORK_NAME);
});

it('the globals of a host script are declared as they are', () => {
  expect(declaredIn('V8Sandbox')).toEqual(methodsOf(V8Sandbox.prototype));
  expect(declaredIn('SandboxIsolate')).toEqual(methodsOf(Isolate.prototype, 'begin', 'isLiving'));
});
