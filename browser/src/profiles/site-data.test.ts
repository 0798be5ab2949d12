import { describe, expect, it } from 'vitest';
import { isSiteData, leadsToSiteData } from './site-data.ts';

describe('site data of a profile', () => {
  it.each([
    'Default/Cookies',
    'Default/Local Storage/leveldb/000003.log',
    'Default/IndexedDB/http_a_0.indexeddb.leveldb/CURRENT',
    'Default/Service Worker/ScriptCache/index',
  ])('%s is', (path) => expect(isSiteData(path)).toBe(true));

  it.each([
    // What would say how the browser behaves, or bring code of its own.
    'Default/Preferences',
    'Default/Secure Preferences',
    'Default/Extensions/a/1/manifest.json',
    'Default/Sessions/Session_1',
    'Local State',
    'First Run',
    'DevToolsActivePort',
    // What is large, or this machine's.
    'Default/Cache/Cache_Data/index',
    'Default/Code Cache/js/index',
    'Default/GPUCache/index',
    'Default/Service Worker/CacheStorage/a/index',
    'Default/Local Storage/leveldb/LOCK',
    'SingletonLock',
    // What leads elsewhere.
    '../Default/Cookies',
    'Default/../Default/Cookies',
    'Default/Local Storage/../Preferences',
    'Default/Local Storage/..\\..\\Preferences',
    'Default/Local Storage//x',
    'Default/Local Storage/a:b',
    'Default/Local Storage/a\0b',
    '/Default/Cookies',
    'Default/cookies',
    `Default/Local Storage/${'x'.repeat(1_100)}`,
    '',
  ])('%j is none', (path) => expect(isSiteData(path)).toBe(false));

  it('is looked for where it may be', () => {
    expect(['Default', 'Default/Local Storage', 'Default/Network'].every(leadsToSiteData)).toBe(
      true,
    );
    expect(['Crashpad', 'Default/Cache', 'Def'].some(leadsToSiteData)).toBe(false);
  });
});
