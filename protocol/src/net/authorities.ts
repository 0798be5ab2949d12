import { X509Certificate } from 'node:crypto';

const CERTIFICATE =
  /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]{1,65536}-----END CERTIFICATE-----/g;
/** More authorities than one host has. */
const MAX_CERTIFICATES = 16;

/**
 * The certificates of a text in PEM, one after the other; undefined where there is none, one that is
 * none, or more than 16. What else stands in the text, a private key for instance, is left out.
 */
export function readAuthorities(text: string): string | undefined {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0 || found.length > MAX_CERTIFICATES) return undefined;
  return found.every(isCertificate) ? found.join('\n') : undefined;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.byteLength > 0;
  } catch {
    return false;
  }
}
