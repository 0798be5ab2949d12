import { randomUUID } from 'node:crypto';
import {
  BindingBrowserSchema,
  checker,
  type BrowserAnswer,
  type IncomingCall,
  type ResolvedPool,
  type ResolvedScript,
} from '@cofferdam/protocol';
import { PAGE_CONNECTIONS, type Tickets } from '../egress/tickets.ts';
import type { Use } from '../egress/use.ts';
import { KeptTicket } from '../servers/kept-ticket.ts';
import type { Browsers } from './acquire.ts';
import { RunnerViolation } from './relay.ts';
import { RemoteBrowser } from './remote-browser.ts';

/** How long a call of a runtime waits for a place in a pod: one may have to start. */
const WAIT_MS = 30_000;

export interface RuntimeBrowsersOptions {
  browsers: Browsers;
  tickets: Tickets | undefined;
  now: () => number;
  onError: (error: unknown) => void;
}

/** A runtime of the gateway's own in a runner, whose guest may have a browser. */
export interface BrowsingRuntime {
  /** Cut down to what its pool allows. */
  script: ResolvedScript;
  pool: ResolvedPool;
  /** Told what its pages asked for. */
  onUse: (use: Use) => void;
}

export interface RuntimeBrowser {
  /** It is lost, or its pod is to go. */
  readonly mustMove: boolean;
  /** Does what its guest asks, by its runner; throws `RunnerViolation` for what is no call of a browser. */
  call(call: IncomingCall): Promise<BrowserAnswer>;
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

  begin({ script: whole, pool, onUse }: BrowsingRuntime): RuntimeBrowser {
    // What a page says is within TLS of its own: nothing can be added to it.
    const { credentials: _, ...script } = whole;
    const { browsers, now } = this.#options;
    const { namespace, uid } = script;
    const browser = new RemoteBrowser({
      ...{ browsers, now },
      // Not the runtime's id, which is the runner's word.
      claim: { tenant: namespace, namespace, script: uid, sessionId: randomUUID() },
      openTicket: () => KeptTicket.open({ ...this.#options, ...TICKET, script, pool, onUse }),
      waitMs: () => WAIT_MS,
    });
    return {
      get mustMove() {
        return browser.mustMove;
      },
      call: (call) => answer(browser, call),
      end: () => browser.close(),
    };
  }
}

const TICKET = { traffic: { connections: PAGE_CONNECTIONS } };

function answer(browser: RemoteBrowser, call: IncomingCall): Promise<BrowserAnswer> {
  const checked = checkCall(call.payload);
  if (!checked.ok) throw new RunnerViolation('not a call of a browser');
  const { runtimeId: _, ...asked } = checked.value;
  return browser.call(call, asked);
}
