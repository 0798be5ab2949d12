import { existsSync, readFileSync } from 'node:fs';

/** A program of the README that its tests run as it stands: a fence marked `js runnable` or `ts runnable`. */
export interface Example {
  /** The headline above it. */
  title: string;
  language: 'js' | 'ts';
  code: string;
  /** What it writes: the comments at its end, below `// Prints:`. */
  prints: string;
}

const README = new URL('../README.md', import.meta.url);
const PART = /^#+ (?<title>.+)$|^```(?<language>js|ts) runnable\n(?<code>[^]*?)^```$/gm;
const PRINTS = /^\/\/ Prints:\n(?<lines>(?:\/\/.*\n)+)$/m;

/** Named by the example of a browser, which cannot be run where there is none. */
const CHROMIUM = '/usr/bin/chromium';

/** Those that this machine has everything for. */
export function examplesHere(): Example[] {
  return runnableExamples().filter(({ code }) => !code.includes(CHROMIUM) || existsSync(CHROMIUM));
}

/** Throws for an example that does not say what it prints. */
export function runnableExamples(text = readFileSync(README, 'utf8')): Example[] {
  const examples: Example[] = [];
  let title = '';
  for (const { groups } of text.matchAll(PART)) {
    if (groups!.title === undefined) examples.push(exampleOf(title, groups!));
    else title = groups!.title;
  }
  return examples;
}

function exampleOf(title: string, { language, code }: Record<string, string>): Example {
  const lines = PRINTS.exec(code!)?.groups!.lines;
  if (lines === undefined)
    throw new Error(`the example of '${title}' does not end with // Prints:`);
  return {
    title,
    language: language as 'js' | 'ts',
    code: code!,
    prints: lines.replace(/^\/\/ ?/gm, ''),
  };
}
