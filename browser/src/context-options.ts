import { httpAddress } from './addresses.ts';
import { checkSize } from './calls/navigate.ts';
import { fieldOf, optionsOf } from './calls/arguments.ts';
import { refused } from './errors.ts';
import type { ProfileMode } from './types.ts';

/**
 * What a guest may say of a new context: what concerns its pages alone. Not `proxy` (its way out is its
 * host's), `recordHar`, `recordVideo`, `clientCertificates` (paths of the host's), nor what starts a
 * browser: `executablePath`, `args`, `env`, `channel`, `ignoreDefaultArgs`.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  'acceptDownloads',
  'baseURL',
  'bypassCSP',
  'colorScheme',
  'contrast',
  'deviceScaleFactor',
  'extraHTTPHeaders',
  'forcedColors',
  'geolocation',
  'hasTouch',
  'httpCredentials',
  'ignoreHTTPSErrors',
  'isMobile',
  'javaScriptEnabled',
  'locale',
  'offline',
  'permissions',
  'profile',
  'reducedMotion',
  'screen',
  'serviceWorkers',
  'storageState',
  'strictSelectors',
  'timezoneId',
  'userAgent',
  'viewport',
]);

/**
 * Permissions that a guest may grant its pages. Not the clipboard, the camera, the microphone, fonts and
 * devices: those are the machine's, where a browser has a window.
 */
const PERMISSIONS: ReadonlySet<string> = new Set([
  'accelerometer',
  'ambient-light-sensor',
  'background-sync',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'notifications',
  'payment-handler',
  'storage-access',
]);

export interface ContextOptions {
  /** For Playwright, without `profile` and `storageState`. */
  given: Record<string, unknown> | undefined;
  baseURL: string | undefined;
  profile: { id: unknown; mode: ProfileMode | undefined } | undefined;
  /** A path of the files binding, or the state itself. */
  storageState: unknown;
}

/** Throws for an option that no guest may give. */
export function readContextOptions(value: unknown): ContextOptions {
  const { profile, storageState, ...given } = optionsOf(value, 'proxy');
  const hidden = fieldOf(value, 'proxy') === undefined ? [] : ['proxy'];
  const unknown = [...hidden, ...Object.keys(given)].find((name) => !ALLOWED.has(name));
  if (unknown !== undefined) throw refused(`The option '${unknown.slice(0, 64)}' is refused`);
  if (given.viewport !== undefined && given.viewport !== null) checkSize(given.viewport);
  if (given.screen !== undefined) checkSize(given.screen);
  if (given.permissions !== undefined) checkPermissions(given.permissions);
  const baseURL = given.baseURL === undefined ? undefined : httpAddress(given.baseURL, 'baseURL');
  return {
    given: Object.keys(given).length === 0 ? undefined : given,
    baseURL,
    profile: profile === undefined ? undefined : readProfile(profile),
    storageState,
  };
}

export function checkPermissions(list: unknown): void {
  if (!Array.isArray(list)) throw new TypeError('The permissions are no list');
  const other = list.find((name) => typeof name !== 'string' || !PERMISSIONS.has(name)) as unknown;
  if (other !== undefined) throw refused(`A guest may not grant '${String(other).slice(0, 64)}'`);
}

/** `profile: 'id'`, or `{ id, mode }`. */
function readProfile(value: unknown): ContextOptions['profile'] {
  if (typeof value !== 'object') return { id: value, mode: undefined };
  const { id, mode } = optionsOf(value);
  if (mode === undefined || mode === 'storage' || mode === 'persistent') return { id, mode };
  throw new TypeError("A profile's mode is 'storage' or 'persistent'");
}
