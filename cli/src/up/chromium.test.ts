import { describe, expect, it } from 'vitest';
import { findChromium } from './chromium.ts';

describe('the Chromium of this machine', () => {
  it('is the one that the environment names', () => {
    expect(findChromium({ COFFERDAM_CHROMIUM: process.execPath })).toBe(process.execPath);
  });

  it('is asked for where what is named is no program', () => {
    for (const path of ['/nowhere/chromium', import.meta.filename]) {
      expect(() => findChromium({ COFFERDAM_CHROMIUM: path })).toThrow(
        `--browser needs Chromium: not ${path} (COFFERDAM_CHROMIUM)`,
      );
    }
  });
});
