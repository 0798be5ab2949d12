import {
  CofferdamError,
  parser,
  RunBrowserSchema,
  type BrowserAnswer,
  type Channel,
  type IncomingCall,
} from '@cofferdam/protocol';
import type { FinishedSpan } from '@cofferdam/telemetry';
import type { RunArtifact } from '../records/artifacts.ts';
import type { Browsers } from './acquire.ts';
import { collectArtifacts } from './artifacts.ts';
import { RunnerViolation } from './relay.ts';
import { RemoteBrowser, type RemoteBrowserOptions } from './remote-browser.ts';
import { Screenshots } from './screenshots.ts';
import { BrowserSpans } from './spans.ts';

/** What of a run a browser is for. */
export interface BrowserRun extends Pick<
  RemoteBrowserOptions,
  'openTicket' | 'waitMs' | 'now' | 'trace'
> {
  runId: string;
  tenant: string;
  /** What shares a pod where the pool keeps scripts apart. */
  script: string;
}

/** What a run's browser has left behind. */
export interface BrowserTraces {
  artifacts: RunArtifact[];
  spans: FinishedSpan[];
}

/** One run that may have a browser, while it is in a runner. */
export interface RunBrowser {
  /** Whether its guest has asked anything of it. */
  readonly used: boolean;
  /** Ends it; answers what it leaves, of one that failed with its trace and photographs of its open pages. Never rejects. */
  end(hasFailed: boolean): Promise<BrowserTraces>;
}

interface Entry {
  runner: Channel;
  browser: RemoteBrowser;
}

const readCall = parser(RunBrowserSchema);

/** The runs under way that may have a browser, each in the one runner that it was given to. */
export class RunBrowsers {
  readonly #browsers: Browsers;
  readonly #runs = new Map<string, Entry>();

  constructor(browsers: Browsers) {
    this.#browsers = browsers;
  }

  begin(runner: Channel, run: BrowserRun): RunBrowser {
    const { runId, tenant, script, ...rest } = run;
    const spans = new BrowserSpans();
    const screenshots = new Screenshots();
    const browser = new RemoteBrowser({
      ...rest,
      browsers: this.#browsers,
      claim: { tenant, namespace: tenant, script, sessionId: runId },
      onNote: (note) => spans.note(note),
      watch: (asked) => screenshots.watch(asked),
    });
    this.#runs.set(runId, { runner, browser });
    return {
      get used() {
        return browser.used;
      },
      end: async (hasFailed) => {
        // What it still asks comes too late, also for as long as photographs are taken.
        this.#runs.delete(runId);
        const artifacts = browser.used
          ? await collectArtifacts(browser, screenshots, hasFailed)
          : [];
        await browser.close();
        return { artifacts, spans: spans.spans };
      },
    };
  }

  /** Answers a runner's guest. Throws `RunnerViolation` for a run of another runner's. */
  async serve(runner: Channel, call: IncomingCall): Promise<BrowserAnswer> {
    const { runId, ...asked } = read(call.payload);
    const entry = this.#runs.get(runId);
    if (!entry) throw new CofferdamError('RUNTIME_ENDED', 'the run is over, or has no browser');
    if (entry.runner !== runner) throw new RunnerViolation('a browser call of another’s run');
    return entry.browser.call(call, asked);
  }
}

function read(payload: unknown) {
  try {
    return readCall(payload);
  } catch (error) {
    throw new RunnerViolation(CofferdamError.from(error).message);
  }
}
