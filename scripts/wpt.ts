import { parseArgs } from 'node:util';
import { writeFigures } from '../e2e/wpt/document.ts';
import { runAll } from '../e2e/wpt/run-all.ts';

const HELP = `npm run wpt -- [options] [part of a file name …]: the web platform's own tests in isolates of preset web

  --write     put the figures into docs/web-platform.md (of a run of all files only)
  --verbose   name each file as it is done

The tests come out of Debian's source package of Node, once, into the user's cache; COFFERDAM_WPT names another folder of them.`;

const { values, positionals } = parseArgs({
  options: {
    help: { type: 'boolean' },
    verbose: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

if (values.help) {
  console.log(HELP);
} else {
  const onCase = (name: string) => values.verbose && console.log(name);
  const report = await runAll({ only: positionals, onCase });
  for (const problem of report.problems()) console.log(problem);
  console.log(`\n${report.table()}\n\n${report.leftOut} files are left out.`);
  if (values.write && positionals.length === 0) await writeFigures(report);
  process.exitCode = report.isAsExpected ? 0 : 1;
}
