/** What every contender runs: a small computation on an input, as a monitoring check would. */
export const BODY =
  'const sorted = [...input.prices].sort((a, b) => a - b); return sorted.reduce((a, b) => a + b, 0) / sorted.length';

export const INPUT = { prices: [83.5, 84.2, 82.1, 90.05, 81.7] };

const EXPECTED = (83.5 + 84.2 + 82.1 + 90.05 + 81.7) / 5;

export function checkResult(result: unknown): void {
  if (typeof result === 'number' && Math.abs(result - EXPECTED) < 1e-9) return;
  throw new Error(`a contender answered ${JSON.stringify(result)} and not ${EXPECTED}`);
}
