import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { archOf, IMAGES, type ImageKey } from './images/image.ts';
import { stage } from './images/stage.ts';

/**
 * Lays out what an image holds: `node scripts/stage-image.ts runner|browser|cofferdam --arch amd64 --output DIR`.
 * The first stage of each Dockerfile calls it; it needs nothing but Node 24, npm and tar.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { arch: { type: 'string' }, output: { type: 'string', default: 'staged' } },
});
const [key = ''] = positionals;
if (!Object.hasOwn(IMAGES, key)) throw new Error(`no image '${key}'`);
await stage({
  image: IMAGES[key as ImageKey],
  arch: archOf(values.arch || undefined),
  output: resolve(values.output),
});
