import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { consumerProject } from './programs.ts';
import { examplesHere, runnableExamples } from './readme.ts';

const project = consumerProject();
project.link('cofferdam');
project.link('playwright-core');

describe('each example of the README prints what it says', () => {
  const examples = runnableExamples();

  it.each(examplesHere())(
    '$title',
    async ({ title, language, code, prints }) => {
      const file = join(project.folder, `${title.replaceAll(/\W+/g, '-')}.m${language}`);
      writeFileSync(file, code);
      const quiet = '--disable-warning=ExperimentalWarning';
      expect(await project.run(process.execPath, [quiet, file])).toBe(prints);
    },
    60_000,
  );

  it('there is one of a runtime, and of each binding', () => {
    const titles = examples.map(({ title }) => title);
    const wanted = ['A first runtime', 'browser', 'console', 'fetch', 'files', 'modules', 'tools'];
    expect(titles).toEqual(expect.arrayContaining(wanted));
  });
});

it('an example that does not say what it prints is an error', () => {
  expect(() => runnableExamples('# One\n\n```js runnable\nlet a;\n```\n')).toThrow("'One'");
});
