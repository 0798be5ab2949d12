import { describe, expect, it } from 'vitest';
import { parseTokenEntries } from './token-entries.ts';

const TOKEN = 'a-token-of-sixteen';
const HASH = 'ab'.repeat(32);

const refusal = (text: string): string => {
  try {
    parseTokenEntries(text);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    expect(code).toBe('INVALID_CONFIG');
    return message;
  }
  throw new Error(`was taken: ${text}`);
};
const list = (...entries: object[]) => JSON.stringify(entries);
const good = { name: 'ci', token: TOKEN, namespaces: ['home'] };

describe('a tokens file', () => {
  it('is YAML or JSON', () => {
    const yaml = `
      - name: ci
        sha256: ${HASH}
        namespaces: [home, work]
        rights: [run]
      - { name: me, token: ${TOKEN}, namespaces: ['*'] }`;
    expect(parseTokenEntries(yaml)).toEqual([
      { name: 'ci', sha256: HASH, namespaces: ['home', 'work'], rights: ['run'] },
      { name: 'me', token: TOKEN, namespaces: ['*'] },
    ]);
    expect(parseTokenEntries(list(good))).toEqual([good]);
    expect(parseTokenEntries('[]')).toEqual([]);
  });

  it.each([
    ['an empty file', ''],
    ['no list', '{}'],
    ['a short token', list({ ...good, token: 'short' })],
    ['a token with a space', list({ ...good, token: 'a token of sixteen' })],
    ['a hash in capitals', list({ name: 'ci', sha256: HASH.toUpperCase(), namespaces: ['a'] })],
    ['neither token nor hash', list({ name: 'ci', namespaces: ['a'] })],
    ['both token and hash', list({ ...good, sha256: HASH })],
    ['no namespace', list({ ...good, namespaces: [] })],
    ['a namespace that is a path', list({ ...good, namespaces: ['../home'] })],
    ['every namespace and one more', list({ ...good, namespaces: ['*', 'home'] })],
    ['a right that is none', list({ ...good, rights: ['admin'] })],
    ['a field that is none', list({ ...good, namespace: 'home' })],
    ['no right at all', list({ ...good, rights: [] })],
    ['too many entries', list(...Array.from({ length: 1_001 }, () => good))],
    ['two documents', `[]\n---\n[]`],
    ['aliases', `- &a { name: ci, token: ${TOKEN}, namespaces: [home] }\n- *a`],
    ['a key that is there twice', `- { name: ci, name: ce, token: ${TOKEN}, namespaces: [a] }`],
    ['brackets without end', '['.repeat(100_000)],
  ])('with %s is refused', (_what, text) => {
    expect(refusal(text)).not.toBe('');
  });

  it('is never quoted by what says that it is broken', () => {
    for (const text of [
      `- name: ci\n  token: "${TOKEN}\n  namespaces: [home]`,
      `- name: ci\n token: ${TOKEN}\n`,
      list({ ...good, token: `${TOKEN} with a space` }),
      `- name: ci\n  token: *${TOKEN}`,
    ]) {
      expect(refusal(text)).not.toContain('sixteen');
    }
    expect(refusal('- a: b\n- c: [')).toMatch(/^line 2 /);
  });
});
