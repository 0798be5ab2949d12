import { refused } from './errors.ts';

/** What a page may be sent to. Not `file:`, `chrome:`, `view-source:`, `javascript:` and what else is local. */
const SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'data:', 'blob:']);
/** Pages that a browser has when it has nothing to show. `about:` others are the browser's own. */
const BLANK = /^about:(blank|srcdoc)([?#]|$)/;
/** What a failed navigation leaves. */
const FAILED = 'chrome-error://chromewebdata/';
/** What Chromium shows a PDF with, in a frame of the page. */
const PDF_VIEWER = 'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/';

/** The address as it will be used, so that nobody reads it otherwise. Throws for one that is refused. */
export function allowedAddress(given: unknown, base: string | undefined): string {
  if (typeof given !== 'string') throw new TypeError('The address must be a text');
  const url = parse(given, base);
  if (!url) throw new TypeError(`'${given.slice(0, 256)}' is no address`);
  if (SCHEMES.has(url.protocol) || BLANK.test(url.href)) return url.href;
  throw refused(`A guest's page may not go to ${url.protocol} addresses`);
}

/** As `allowedAddress`, for what is to come over HTTP. */
export function httpAddress(given: unknown, name: string): string {
  const url = typeof given === 'string' ? parse(given) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url.href;
  throw refused(`${name} must begin with http:// or https://`);
}

/** Whether a document may be where it is; one that has no address yet is nowhere. */
export function isAllowed(href: string): boolean {
  const isNoDocument = href === '' || href === ':' || href === FAILED || BLANK.test(href);
  if (isNoDocument || href.startsWith(PDF_VIEWER)) return true;
  const url = parse(href);
  return url !== undefined && SCHEMES.has(url.protocol);
}

/** As `URL.parse`, which Node 20 has not. */
function parse(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}
