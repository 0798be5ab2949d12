import { setTimeout as sleep } from 'node:timers/promises';
import { readGatewayConfig, type GatewayConfig } from '@cofferdam/gateway';
import { settle } from '@cofferdam/protocol';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { LiveScreen } from '../screen/live-screen.ts';
import { plainScreen } from '../screen/plain-screen.ts';
import type { Screen } from '../screen/screen.ts';
import { banner } from '../up/banner.ts';
import { startInstance, type Instance } from '../up/instance.ts';
import { readUpOptions, type UpOptions } from '../up/options.ts';
import { VERSION } from './version.ts';

/** A run may be under way: it gets 10 s to end, and everything else what is left. */
const SHUTDOWN_MS = 20_000;

/** `cofferdam up [folder]`: runs until it is told to stop. */
export async function upCommand(args: string[]): Promise<ExitCode> {
  const options = readUpOptions(args);
  const config = readConfig(options);
  const stop = untilStopped();
  let instance: Instance | undefined;
  const screen = makeScreen(options, () => instance?.operator);
  try {
    instance = await startInstance({
      ...options,
      config,
      onEvent: (event) => screen.onEvent(event),
      log: (level, message, details = {}) => {
        if (isSaid(level, config)) screen.note(`${message} ${JSON.stringify(details)}`);
      },
    });
  } catch (error) {
    screen.close();
    stop.cancel();
    throw error;
  }
  for (const line of bannerOf(instance, options, config.authToken !== undefined))
    process.stdout.write(`${line}\n`);
  screen.start();
  settle();
  const signal = await stop.signal;
  screen.note(`${signal}: ending what goes on`);
  const ended = await endInTime(instance);
  screen.close();
  stop.cancel();
  return ended ? EXIT.ok : EXIT.trouble;
}

/** Flags go before the environment. */
function readConfig({ host, port }: UpOptions): GatewayConfig {
  return readGatewayConfig(process.env, {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  });
}

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'];

function isSaid(level: string, { logLevel }: GatewayConfig): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(logLevel);
}

function makeScreen(options: UpOptions, operator: () => Instance['operator'] | undefined): Screen {
  if (process.stdout.isTTY && !options.plain) return new LiveScreen(process.stdout, operator);
  return plainScreen((text) => process.stdout.write(text));
}

function bannerOf(instance: Instance, options: UpOptions, hasToken: boolean): string[] {
  // By file, so that the folder's author chooses it.
  const [first] = instance.operator.list().sort((a, b) => (a.file < b.file ? -1 : 1));
  return banner({
    version: VERSION,
    folder: options.folder,
    url: instance.url,
    hasToken,
    dataDir: instance.dataDir,
    example: first && `${first.namespace}/${first.name}`,
    demo: instance.demo,
    allowPrivate: options.allowPrivate,
    layers: instance.layers,
    browsers: options.chromium !== undefined,
  });
}

/** The first signal stops in order; the second ends the process at once, its children with it. */
function untilStopped() {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let stopping = false;
  const onSignal = (name: NodeJS.Signals) => {
    if (stopping) process.exit(EXIT.trouble);
    stopping = true;
    resolve(name);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: promise,
    cancel: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}

async function endInTime(instance: Instance): Promise<boolean> {
  const late = new AbortController();
  const inTime = await Promise.race([
    instance.close().then(() => true),
    sleep(SHUTDOWN_MS, false, { signal: late.signal }).catch(() => false),
  ]);
  late.abort();
  return inTime;
}
