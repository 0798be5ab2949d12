import { IsolateEngine } from '../../runner/src/engines/isolate/engine.ts';
import { ExpectationList } from './expectations.ts';
import { Report } from './report.ts';
import { CaseRunner } from './run-case.ts';
import { suitesOf } from './suites.ts';
import { casesOf, type TestCase } from './test-case.ts';
import { TestTree } from './tree.ts';

export interface RunOptions {
  /** Parts of file names, of which one has to be in each that is run. Default: all are. */
  only: readonly string[];
  /** Told of each case as it is done. */
  onCase: (name: string) => void;
}

/** Isolate processes at once: one for each core of the smallest machine. */
const PROCESSES = 2;

interface Task {
  suite: string;
  test: TestCase;
}

/** Runs the tests in fresh isolates of preset `web`, and says what came of them. */
export async function runAll({ only, onCase }: RunOptions): Promise<Report> {
  const tree = await TestTree.open();
  const expectations = ExpectationList.read();
  const report = new Report(expectations);
  const engine = new IsolateEngine({
    processes: PROCESSES,
    maxProcesses: PROCESSES,
    runsPerProcess: 1,
    sparesPerProfile: 1,
    expected: [],
  });
  try {
    const tasks = await tasksOf(tree, { only, expectations, report });
    const runner = new CaseRunner(engine, tree, await tree.text('resources/testharness.js'));
    const work = async () => {
      for (let task = tasks.shift(); task; task = tasks.shift()) {
        const { suite, test } = task;
        // eslint-disable-next-line no-await-in-loop -- as many at once as there are processes
        report.add(suite, test.name, expectations.judge(test.file, await runner.run(test)));
        onCase(test.name);
      }
    };
    await Promise.all(Array.from({ length: PROCESSES }, work));
  } finally {
    await engine.close();
  }
  return report;
}

interface Choice {
  only: readonly string[];
  expectations: ExpectationList;
  report: Report;
}

async function tasksOf(tree: TestTree, { only, expectations, report }: Choice): Promise<Task[]> {
  const isAsked = (file: string) => only.length === 0 || only.some((part) => file.includes(part));
  const isRun = (file: string) => {
    const reason = expectations.leftOut(file);
    if (reason !== undefined) report.leaveOut(reason);
    return reason === undefined;
  };
  const chosen = suitesOf(tree).flatMap(({ name, files }) => {
    const run = files.filter((file) => isAsked(file) && isRun(file));
    if (run.length > 0) report.begin(name);
    return run.map(async (file) =>
      (await casesOf(tree, file)).map((test) => ({ suite: name, test })),
    );
  });
  return (await Promise.all(chosen)).flat();
}
