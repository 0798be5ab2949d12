import { settle } from '@cofferdam/protocol';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { UsageError } from '../usage-error.ts';
import {
  startDemoPart,
  startEgressPart,
  startGatewayPart,
  startOperatorPart,
  startSinglePart,
  type Part,
} from '../serve/parts.ts';

const PARTS: Record<string, (environment: NodeJS.ProcessEnv) => Promise<Part>> = {
  gateway: startGatewayPart,
  operator: startOperatorPart,
  single: startSinglePart,
  egress: startEgressPart,
  demo: startDemoPart,
};

/** `cofferdam serve <part>`: one part of an installation in a cluster, until it is told to stop. */
export async function serveCommand([name = '', ...rest]: string[]): Promise<ExitCode> {
  if (rest.length > 0 || !Object.hasOwn(PARTS, name)) {
    throw new UsageError(`serve needs one of ${Object.keys(PARTS).join(', ')}`);
  }
  // Before anything is started: a signal during the start must not be lost.
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const part = await PARTS[name]!(process.env);
  settle();
  await stopped;
  await part.close();
  return EXIT.ok;
}
