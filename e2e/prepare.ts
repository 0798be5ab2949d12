import { build } from './cluster/build.ts';
import { buildImages } from './install/installation.ts';

/** Before the first test: what takes minutes on a machine that has none of it, and a moment after that. */
export async function setup(): Promise<void> {
  say('the cluster is built where it is not: about ten minutes the first time');
  await build();
  say('the images are built where they are not current');
  await buildImages();
}

const say = (text: string) => process.stdout.write(`e2e: ${text}\n`);
