import { CofferdamError } from '@cofferdam/protocol';

/**
 * The origins that ISOLATE_CORS_ORIGINS names. Throws `INVALID_CONFIG` for what is no exact origin: there is no
 * pattern, and neither `*` nor `null`, the origin of every sandboxed page and local file.
 */
export function readCorsOrigins(text: string | undefined): ReadonlySet<string> {
  const origins = (text ?? '').split(',').map((one) => one.trim());
  const named = origins.filter((one) => one !== '');
  for (const origin of named) {
    if (isOrigin(origin)) continue;
    const message = `ISOLATE_CORS_ORIGINS: ${origin} is no origin such as https://example.com:8443`;
    throw new CofferdamError('INVALID_CONFIG', message);
  }
  return new Set(named);
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
