import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseFile } from '@cofferdam/operator';

const FOLDER = new URL('../../examples/', import.meta.url);

it('every example is valid, of one namespace, explained, and scheduled', async () => {
  const files = (await readdir(FOLDER, { recursive: true })).filter((file) =>
    file.endsWith('.yaml'),
  );
  expect(files.length).toBeGreaterThanOrEqual(9);
  const engines = new Set<string>();
  for (const file of files) {
    const text = await readFile(new URL(file, FOLDER), 'utf8');
    const { entries, problems } = parseFile(file, text);
    expect([file, ...problems, ...entries.flatMap((entry) => entry.problems)]).toEqual([file]);
    expect(text).toMatch(/^# .{20}/);
    for (const { namespace, resource } of entries) {
      expect(namespace).toBe('examples');
      // What is asked needs no schedule.
      if (resource?.spec.mode !== 'server') expect(resource?.spec.schedule).toBeDefined();
      engines.add(resource?.spec.engine ?? 'isolate');
    }
  }
  expect([...engines].sort()).toEqual(['deno', 'isolate', 'wasm']);
});
