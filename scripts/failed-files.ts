import { failuresOf, readReport } from './results/report.ts';

/** Prints the files in which tests failed, by a report of vitest's JSON reporter: at most five. */
const files = new Set(failuresOf(readReport(process.argv[2]!)).map(({ file }) => file));
if (files.size <= 5) for (const file of files) if (file.endsWith('.ts')) console.log(file);
