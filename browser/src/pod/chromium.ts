import { setTimeout as sleep } from 'node:timers/promises';
import { CofferdamError } from '@cofferdam/protocol';
import { chromium, type Browser } from 'playwright-core';

export interface ChromiumOptions {
  executablePath: string;
  /** `host:port` of the local proxy. */
  proxy: string;
  /** Where recordings are written. */
  tracesDir: string;
  /** Told when it has ended that nobody had closed. */
  onCrash: (message: string) => void;
}

/** A cold start under gVisor on a busy machine. */
const START_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/**
 * Every connection is the proxy's, which asks for credentials: one that a context's own proxy does not cover
 * is refused. Names are for egress to look up, so Chromium is told that there are none.
 */
const FLAGS = [
  '--proxy-bypass-list=<-loopback>',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--dns-prefetch-disable',
  '--disable-quic',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--webrtc-ip-handling-policy=disable_non_proxied_udp',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-domain-reliability',
  '--disable-sync',
  '--no-pings',
  '--disable-dev-shm-usage',
  // No hardware is there, and software OpenGL is code that nobody's page has to reach.
  '--disable-gpu',
];

/** The pod's one Chromium, started again when it ended. */
export class Chromium {
  readonly #options: ChromiumOptions;
  #browser: Promise<Browser>;
  #closed = false;

  private constructor(options: ChromiumOptions) {
    this.#options = options;
    this.#browser = this.#start();
  }

  /** Throws `UNAVAILABLE` when it does not start: a pod without a browser must not dial. */
  static async start(options: ChromiumOptions): Promise<Chromium> {
    const made = new Chromium(options);
    await made.#browser;
    return made;
  }

  /** The browser as it is now, or as soon as it has started again; rejects when the pod is closed before. */
  get browser(): Promise<Browser> {
    return this.#browser;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const browser = await this.#browser.catch(() => undefined);
    await browser?.close().catch(() => {});
  }

  async #start(): Promise<Browser> {
    const { executablePath, proxy, tracesDir } = this.#options;
    try {
      const browser = await chromium.launch({
        ...{ executablePath, tracesDir },
        headless: true,
        // gVisor and the pod stand around it (SECURITY.md): Chromium's own sandbox needs user namespaces.
        chromiumSandbox: false,
        proxy: { server: `http://${proxy}`, bypass: '<-loopback>' },
        args: FLAGS,
        env: environment(),
        timeout: START_MS,
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
      });
      browser.once('disconnected', () => this.#ended());
      return browser;
    } catch (cause) {
      const { message } = CofferdamError.from(cause);
      throw new CofferdamError('UNAVAILABLE', `Chromium did not start: ${message}`.slice(0, 1_000));
    }
  }

  #ended(): void {
    if (this.#closed) return;
    this.#options.onCrash('Chromium has ended');
    this.#browser = this.#again();
    this.#browser.catch(() => {});
  }

  /** Waits longer after each failure: a machine without memory has none a moment later either. */
  async #again(): Promise<Browser> {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(LONGEST_WAIT_MS, wait * 2)) {
      try {
        // eslint-disable-next-line no-await-in-loop -- one try after the other
        const browser = await this.#start();
        if (this.#closed) await browser.close();
        return browser;
      } catch (error) {
        if (this.#closed) throw error;
      }
      // eslint-disable-next-line no-await-in-loop
      await sleep(wait, undefined, { ref: false });
    }
  }
}

/** Of ours it gets nothing: a page that broke out of its process finds no join token there. */
function environment(): Record<string, string> {
  const { PATH = '/usr/bin:/bin', TMPDIR = '/tmp' } = process.env;
  return {
    PATH,
    TMPDIR,
    HOME: TMPDIR,
    LANG: 'C.UTF-8',
    XDG_CONFIG_HOME: TMPDIR,
    XDG_CACHE_HOME: TMPDIR,
  };
}
