import { accessSync, constants } from 'node:fs';
import { CofferdamError } from '@cofferdam/protocol';

const VARIABLE = 'COFFERDAM_CHROMIUM';
/** As Debian, Fedora and Google's packages install it. */
const USUAL = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of this machine; throws `INVALID_CONFIG` when there is none. */
export function findChromium(environment: NodeJS.ProcessEnv): string {
  const named = environment[VARIABLE];
  const found = (named === undefined ? USUAL : [named]).find(isProgram);
  if (found !== undefined) return found;
  const looked = named === undefined ? `none of ${USUAL.join(', ')} is there` : `not ${named}`;
  throw new CofferdamError('INVALID_CONFIG', `--browser needs Chromium: ${looked} (${VARIABLE})`);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
