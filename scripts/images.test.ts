import { existsSync } from 'node:fs';
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IMAGES } from './images/image.ts';
import { stageSources } from './images/sources.ts';

/** Names that are relative to the module that they are in. */
const OWN = /['"`](\.{1,2}\/[\w./-]*\.[jt]s)['"`](?!, import\.meta\.resolve)/g;

describe.each(Object.values(IMAGES))('the sources of $name', (image) => {
  let output: string;
  const modules = async () => {
    const found: string[] = [];
    for await (const path of glob('sources/**/*.{js,ts}', { cwd: output })) {
      const isModule = !path.includes('/generated/') && !path.endsWith('.d.ts');
      if (isModule) found.push(join(output, path));
    }
    return found;
  };

  beforeAll(async () => {
    output = await mkdtemp(join(tmpdir(), 'cofferdam-sources-'));
    await stageSources(image, output);
  });
  afterAll(() => rm(output, { recursive: true }));

  it('name only modules that are there', async () => {
    const named: string[] = [];
    for (const path of await modules()) {
      const text = await readFile(path, 'utf8');
      for (const [, name] of text.matchAll(OWN)) named.push(join(dirname(path), name!));
    }
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('hold each room that one of them imports', async () => {
    const imported = new Set<string>();
    for (const path of await modules()) {
      // `cofferdam up` starts runners beside itself; no image is for that.
      if (path.includes('/sources/cli/')) continue;
      const text = await readFile(path, 'utf8');
      for (const [, room] of text.matchAll(/['"]@cofferdam\/([a-z]+)/g)) imported.add(room!);
    }
    expect([...imported]).toContain('protocol');
    expect([...imported].filter((room) => !image.rooms.some((held) => held === room))).toEqual([]);
  });

  it('hold no TypeScript and no tests', async () => {
    const paths = await modules();
    expect(paths.filter((path) => path.endsWith('.ts') || path.includes('.test.'))).toEqual([]);
  });

  it('lead from each package to modules that are there', async () => {
    for (const room of image.rooms) {
      const folder = join(output, 'sources', room);
      const { exports = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
        exports?: Record<string, string>;
      };
      for (const path of Object.values(exports)) expect(existsSync(join(folder, path))).toBe(true);
    }
  });
});
