/**
 * What of a Chromium profile is kept: what sites have stored, and nothing that says how the browser behaves.
 * A guest can write the files that a profile is filled from. `Preferences` of its making could open local
 * files at the start or bring extensions, `Local State` switch features on; without them there are
 * Chromium's defaults. Caches are left out for their size.
 */
const FILES: ReadonlySet<string> = new Set([
  'Default/Cookies',
  'Default/Cookies-journal',
  'Default/Network/Cookies',
  'Default/Network/Cookies-journal',
]);
const FOLDERS: readonly string[] = [
  'Default/File System',
  'Default/IndexedDB',
  'Default/Local Storage',
  'Default/Service Worker/Database',
  'Default/Service Worker/ScriptCache',
  'Default/Session Storage',
  'Default/WebStorage',
  'Default/databases',
];
const MAX_PATH = 1_024;
/** Held by a database that is open. */
const LOCK = /(^|\/)LOCK$/;

/** Whether a file of a profile, by its path in the profile's folder, is kept and filled in. */
export function isSiteData(path: string): boolean {
  if (path.length > MAX_PATH || LOCK.test(path)) return false;
  const segments = path.split('/');
  if (segments.some((segment) => !isPlainName(segment))) return false;
  return FILES.has(path) || FOLDERS.some((folder) => path.startsWith(`${folder}/`));
}

/** Whether there may be site data in a folder. */
export function leadsToSiteData(path: string): boolean {
  const inside = FOLDERS.some((folder) => path === folder || path.startsWith(`${folder}/`));
  return inside || [...FILES, ...FOLDERS].some((each) => each.startsWith(`${path}/`));
}

/** A name that is one on every system: nothing that leads elsewhere. */
function isPlainName(name: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return name !== '' && name !== '.' && name !== '..' && !/[\\:\u0000-\u001f]/.test(name);
}
