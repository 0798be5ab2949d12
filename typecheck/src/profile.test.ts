import { PRESETS } from '@cofferdam/protocol';
import { describe, expect, it } from 'vitest';
import { CAPABILITIES, getTypeProfile, PROFILES } from './index.ts';
import { presetDeclarations } from './profile.ts';

describe('getTypeProfile', () => {
  it('names what a profile and its capabilities include', () => {
    const profile = getTypeProfile({ profile: 'browser-test', capabilities: ['files', 'fetch'] });
    expect(profile.profile).toBe('browser-test');
    expect(profile.capabilities.toSorted()).toEqual(
      ['browser', 'console', 'crypto', 'encoding', 'fetch', 'files', 'tests', 'timers'].toSorted(),
    );
    expect(profile.include.toSorted()).toEqual(
      ['core', 'console', 'crypto', 'encoding', 'fetch', 'fs', 'playwright', 'testEnvironment']
        .concat('timers')
        .toSorted(),
    );
  });

  it('is of a backend by default', () => {
    const { profile, include } = getTypeProfile();
    expect(profile).toBe('backend');
    expect(include).not.toContain('playwright');
    expect(include).not.toContain('testEnvironment');
  });

  it.each(PROFILES)('has complete files for %s with every capability', (profile) => {
    const { files } = getTypeProfile({ profile, capabilities: CAPABILITIES });
    const names = files.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { content } of files) {
      for (const [, referred] of content.matchAll(/<reference path="\.\/([^"]+)"/g)) {
        expect(names).toContain(referred);
      }
    }
  });

  it.each([
    { profile: 'admin' },
    { capabilities: ['root'] },
    { capabilities: 'fetch' },
    { files: [] },
  ])('refuses %j', (options) => {
    expect(() => getTypeProfile(options as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT' }),
    );
  });
});

describe('the declarations of presets', () => {
  it.each(PRESETS)('are there for %s, with the two arguments of a run', (preset) => {
    const names = presetDeclarations(preset).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['run.d.ts', 'console.d.ts']));
    expect(names.includes('fetch.d.ts')).toBe(preset === 'agent' || preset === 'web');
  });
});
