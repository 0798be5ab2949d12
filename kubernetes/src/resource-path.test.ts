import { describe, expect, test } from 'vitest';
import { namespaces, pods, sandboxPools, sandboxScripts } from './descriptors.ts';
import { queryOf, resourcePath } from './resource-path.ts';

describe('resourcePath', () => {
  test('of objects and collections, of the core group and others', () => {
    expect(resourcePath(pods, {})).toBe('/api/v1/pods');
    expect(resourcePath(pods, { namespace: 'a' })).toBe('/api/v1/namespaces/a/pods');
    expect(resourcePath(namespaces, { name: 'a' })).toBe('/api/v1/namespaces/a');
    expect(resourcePath(sandboxPools, { namespace: 'ignored', name: 'p' })).toBe(
      '/apis/cofferdam.dev/v1alpha1/sandboxpools/p',
    );
    expect(
      resourcePath(sandboxScripts, { namespace: 'a', name: 's.1', subresource: 'status' }),
    ).toBe('/apis/cofferdam.dev/v1alpha1/namespaces/a/sandboxscripts/s.1/status');
  });

  test.each([
    '..',
    '.',
    '',
    'a/b',
    'a/../b',
    '%2e%2e',
    'a?x=1',
    'a#b',
    'ä',
    ' a',
    `a${'b'.repeat(253)}`,
  ])('refuses the name %j, which no object has and which could lead elsewhere', (name) => {
    expect(() => resourcePath(pods, { namespace: 'a', name })).toThrow('is no name');
    expect(() => resourcePath(pods, { namespace: name })).toThrow('is no name');
  });

  test('an object of a namespaced kind needs its namespace', () => {
    expect(() => resourcePath(pods, { name: 'a' })).toThrow('namespace is missing');
  });
});

test('queryOf leaves out what is undefined and escapes the rest', () => {
  expect(queryOf({})).toBe('');
  expect(queryOf({ a: undefined, b: 1, c: true, d: 'x&y=z' })).toBe('?b=1&c=true&d=x%26y%3Dz');
});
