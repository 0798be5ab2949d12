/** A text that leaves the pod, without what must not: Chromium tells its proxy's credentials with a request's headers. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
