import type { BrowserContext, BrowserContextOptions } from 'playwright-core';
import {
  CofferdamError,
  type BrowserAnswer,
  type BrowserArtifacts,
  type BrowserCall,
  type BrowserEnd,
  type BrowserOpen,
  type Channel,
} from '@cofferdam/protocol';
import { BrowserSession } from '../session.ts';
import { Artifacts } from './artifacts.ts';
import type { Chromium } from './chromium.ts';
import { GREETING, type Proxy } from './proxy.ts';
import { withoutSecrets } from './secrets.ts';
import { Recording } from './trace/recording.ts';
import { WayOut } from './way-out.ts';

export interface PodSessionOptions {
  open: BrowserOpen;
  chromium: Chromium;
  proxy: Proxy;
  tracesDir: string;
  egress: () => Channel;
}

interface ArtifactsWanted {
  screenshots?: boolean;
  trace?: boolean;
}

/** Four sessions share a pod's memory, of which a page takes 50 to 200 MiB. */
const LIMITS = { contexts: 8, pages: 16 };
const GREETING_MS = 15_000;

/** The contexts and pages of one run or runtime, with a way out of their own. */
export class PodSession {
  /** Resolves when it is over without its caller having ended it. */
  readonly ended: Promise<BrowserEnd>;
  readonly #options: PodSessionOptions;
  readonly #artifacts = new Artifacts();
  readonly #recording: Recording | undefined;
  readonly #wayOut: WayOut;
  readonly #session: BrowserSession;
  readonly #end = Promise.withResolvers<BrowserEnd>();
  #over = false;

  constructor(options: PodSessionOptions) {
    this.#options = options;
    this.ended = this.#end.promise;
    this.#wayOut = new WayOut({
      ticket: options.open.ticket,
      egress: options.egress,
      onRefused: (where, { code, message }) =>
        this.#artifacts.add('network', 'error', `${where}: ${code}: ${message}`),
    });
    options.proxy.add(this.#wayOut);
    const { open, tracesDir } = options;
    const { secrets } = this.#wayOut;
    this.#recording = open.trace ? new Recording({ folder: tracesDir, secrets }) : undefined;
    this.#session = new BrowserSession({
      createContext: (wanted) => this.#createContext(wanted),
      closeContext: (context) => this.#closeContext(context),
      limits: LIMITS,
    });
  }

  async call(
    call: BrowserCall,
    bytes: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<{ answer: BrowserAnswer; bytes?: Uint8Array }> {
    if (this.#over) throw new CofferdamError('RUNTIME_ENDED', 'the browser session is over');
    const { answer, bytes: answered } = await this.#session.call(call, bytes, signal);
    if (answer.value !== undefined) {
      answer.value = withoutSecrets(answer.value, this.#wayOut.secrets);
    }
    return { answer, ...(answered && { bytes: answered }) };
  }

  async collect({ screenshots = false, trace: isWanted = false }: ArtifactsWanted): Promise<{
    answer: BrowserArtifacts;
    bytes: Uint8Array[];
  }> {
    // First, so that it does not show how the pages are photographed.
    const recorded = isWanted ? await this.#recording?.collect() : undefined;
    const { answer, bytes } = await this.#artifacts.collect(screenshots);
    if (!recorded) return { answer, bytes };
    const trace = { bytes: recorded.bytes.byteLength, cut: recorded.cut };
    return { answer: { ...answer, trace }, bytes: [...bytes, recorded.bytes] };
  }

  /** Its pages are gone; its caller is told why. */
  fail(end: BrowserEnd): void {
    this.#over = true;
    this.#end.resolve(end);
  }

  async close(): Promise<void> {
    this.#over = true;
    // First, so that nothing of it reaches the world while its pages go.
    this.#options.proxy.delete(this.#wayOut);
    await this.#session.close();
    await this.#recording?.close();
  }

  async #createContext(wanted: BrowserContextOptions = {}): Promise<BrowserContext> {
    const browser = await this.#options.chromium.browser;
    const { username, password } = this.#wayOut;
    const server = `http://${this.#options.proxy.address}`;
    const context = await browser.newContext({
      ...wanted,
      // Whatever a guest asked for: this is the one way out.
      proxy: { server, bypass: '<-loopback>', username, password },
    });
    try {
      await greet(context);
      await this.#recording?.start(context);
    } catch (error) {
      await context.close().catch(() => {});
      throw error;
    }
    this.#artifacts.watch(context);
    return context;
  }

  async #closeContext(context: BrowserContext): Promise<void> {
    await this.#recording?.stop(context);
    await context.close();
  }
}

/** A WebSocket asks nobody for a proxy's credentials: it has those of a request before it, or none. */
async function greet(context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto(GREETING, { timeout: GREETING_MS });
  await page.close();
}
