/** What a JSON web token says of itself. Nobody has checked it: it may only lead to less. */
export interface TokenClaims {
  /** Milliseconds since the epoch. */
  expiresAt?: number;
  audiences: readonly string[];
}

/** Empty for a token of another kind. */
export function claimsOf(token: string): TokenClaims {
  const [, payload, signature, ...rest] = token.split('.');
  if (payload === undefined || signature === undefined || rest.length > 0) return { audiences: [] };
  try {
    const text = Buffer.from(payload, 'base64url').toString('utf8');
    const { exp, aud } = Object(JSON.parse(text)) as { exp?: unknown; aud?: unknown };
    return {
      ...(typeof exp === 'number' && Number.isFinite(exp) ? { expiresAt: exp * 1_000 } : {}),
      audiences: [aud].flat().filter((one) => typeof one === 'string'),
    };
  } catch {
    return { audiences: [] };
  }
}
