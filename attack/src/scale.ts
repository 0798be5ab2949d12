/** How much of the suites is tried: a sample of seconds, a share of minutes, everything. */
const SCALES = ['quick', 'ci', 'full'] as const;
type Scale = (typeof SCALES)[number];

/** `COFFERDAM_ATTACK`: what `npm run attack` says with --scale. Default: quick, as in `npm test`. */
export const scale: Scale = readScale(process.env.COFFERDAM_ATTACK ?? 'quick');

/** The figure of this scale. */
export function scaled<T>(figures: Record<Scale, T>): T {
  return figures[scale];
}

function readScale(text: string): Scale {
  const found = SCALES.find((each) => each === text);
  if (found) return found;
  throw new Error(`COFFERDAM_ATTACK is one of ${SCALES.join(', ')}, not '${text}'`);
}
