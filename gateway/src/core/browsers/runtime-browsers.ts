import { randomUUID } from 'node:crypto';
import {
  BindingBrowserSchema,
  CofferdamError,
  checker,
  RUNTIME_METHODS,
  type BrowserAnswer,
  type Channel,
  type IncomingCall,
  type ResolvedPool,
  type ResolvedScript,
} from '@cofferdam/protocol';
import { PAGE_CONNECTIONS, type Tickets } from '../egress/tickets.ts';
import type { RuntimeRoutes } from '../runtimes/routes.ts';
import { KeptTicket } from '../servers/kept-ticket.ts';
import type { Browsers } from './acquire.ts';
import { RunnerViolation } from './relay.ts';
import { RemoteBrowser } from './remote-browser.ts';

/** How long a call of a runtime waits for a place in a pod: one may have to start. */
const WAIT_MS = 30_000;

export interface RuntimeBrowsersOptions {
  browsers: Browsers;
  routes: RuntimeRoutes;
  tickets: Tickets | undefined;
  now: () => number;
  onError: (error: unknown) => void;
}

/** A runtime of the gateway's own in a runner, whose guest may have a browser. */
export interface BrowsingRuntime {
  runner: Channel;
  runtimeId: string;
  /** Cut down to what its pool allows. */
  script: ResolvedScript;
  pool: ResolvedPool;
}

export interface RuntimeBrowser {
  /** It is lost, or its pod is to go. */
  readonly mustMove: boolean;
  /** Never rejects. */
  end(): Promise<void>;
}

const checkCall = checker(BindingBrowserSchema);

/** The browsers of runtimes that the gateway has opened itself. */
export class RuntimeBrowsers {
  readonly #options: RuntimeBrowsersOptions;

  constructor(options: RuntimeBrowsersOptions) {
    this.#options = options;
  }

  /** Throws `PROTOCOL_VIOLATION` for an id that the runner has given to another runtime. */
  begin({ runner, runtimeId, script, pool }: BrowsingRuntime): RuntimeBrowser {
    const { browsers, routes, now } = this.#options;
    const { namespace, uid } = script;
    const browser = new RemoteBrowser({
      ...{ browsers, now },
      // Not the runtime's id, which is the runner's word.
      claim: { tenant: namespace, namespace, script: uid, sessionId: randomUUID() },
      openTicket: () => KeptTicket.open({ ...this.#options, ...TICKET, script, pool }),
      waitMs: () => WAIT_MS,
    });
    routes.serve(runner, runtimeId, (call) => answer(browser, call));
    return {
      get mustMove() {
        return browser.mustMove;
      },
      end: async () => {
        routes.delete(runner, runtimeId);
        await browser.close();
      },
    };
  }
}

const TICKET = { maxConcurrent: PAGE_CONNECTIONS };

function answer(browser: RemoteBrowser, call: IncomingCall): Promise<BrowserAnswer> {
  if (call.method !== RUNTIME_METHODS.browser) throw new CofferdamError('RUNTIME_ENDED');
  const checked = checkCall(call.payload);
  if (!checked.ok) throw new RunnerViolation('not a call of a browser');
  const { runtimeId: _, ...asked } = checked.value;
  return browser.call(call, asked);
}
