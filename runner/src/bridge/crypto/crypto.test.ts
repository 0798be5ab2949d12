import { expect, it } from 'vitest';
import { valueOf } from '../../../test/isolate-harness.ts';

const refusal = (call: string) =>
  valueOf(`try { await crypto.subtle.${call}; return 'done' } catch (e) { return e.name }`);

it('reads the members that an algorithm inherits, as of any dictionary', async () => {
  const code = `const algorithm = Object.create({ name: 'HMAC', hash: Object.create({ name: 'SHA-256' }) });
    const key = await crypto.subtle.importKey('raw', new Uint8Array(4), algorithm, true, ['sign']);
    return [key.algorithm.hash.name, (await crypto.subtle.sign('HMAC', key, new Uint8Array())).byteLength]`;
  expect(await valueOf(code)).toEqual(['SHA-256', 32]);
});

it('tells an algorithm without a name from one that is not known', async () => {
  expect(await refusal('digest({}, new Uint8Array())')).toBe('TypeError');
  expect(await refusal(`digest('SHA-0', new Uint8Array())`)).toBe('NotSupportedError');
});

it('makes no key of more bits than a run may derive', async () => {
  const algorithm = `{ name: 'HMAC', hash: 'SHA-256', length: 2 ** 31 }`;
  expect(await refusal(`generateKey(${algorithm}, true, ['sign'])`)).toBe('OperationError');
});

it('has methods with the length of Web IDL, which reject on what is no SubtleCrypto', async () => {
  const code = `const { digest, importKey } = crypto.subtle;
    return [digest.length, importKey.length, digest.name, await digest.call({}, 'SHA-1', new Uint8Array()).catch((e) => e.name),
      (() => { try { new SubtleCrypto() } catch (e) { return e.name } })(), (() => { try { new digest() } catch (e) { return e.name } })()]`;
  expect(await valueOf(code)).toEqual([2, 5, 'digest', 'TypeError', 'TypeError', 'TypeError']);
});

it('says a public exponent in bytes', async () => {
  const code = `const publicExponent = new Uint8Array([1, 0, 1]);
    const { publicKey } = await crypto.subtle.generateKey(
      { name: 'RSA-PSS', modulusLength: 1024, publicExponent, hash: 'SHA-256' }, true, ['sign', 'verify']);
    const e = publicKey.algorithm.publicExponent;
    return [e instanceof Uint8Array, [...e], publicKey instanceof CryptoKey]`;
  expect(await valueOf(code)).toEqual([true, [1, 0, 1], true]);
});
