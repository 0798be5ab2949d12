import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { consumerProject } from './programs.ts';

const project = consumerProject();
project.link('cofferdam');
project.link('ws');

const DOCS = readFileSync(new URL('../../docs/servers.md', import.meta.url), 'utf8');

it('the program of docs/servers.md serves real HTTP and WebSockets, and prints what it says', async () => {
  const [, code] = /<!-- runnable -->\n\n```js\n([^]*?)```/.exec(DOCS)!;
  const prints = /^\/\/ Prints:\n((?:\/\/.*\n)+)$/m.exec(code!)![1]!.replaceAll(/^\/\/ /gm, '');
  const file = join(project.folder, 'served.mjs');
  writeFileSync(file, code!);
  expect(await project.run(process.execPath, [file])).toBe(prints);
});
