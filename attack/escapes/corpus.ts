import { BRIDGE } from '../../runner/test/escapes/bridge.ts';
import { ERRORS } from '../../runner/test/escapes/errors.ts';
import { PLATFORM } from '../../runner/test/escapes/platform.ts';
import { PROMISES as OF_PROMISES } from '../../runner/test/escapes/promises.ts';
import { REALM } from '../../runner/test/escapes/realm.ts';
import { attemptsOf, type Attempt } from './attempt.ts';
import { BUILTINS } from './attempts/builtins.ts';
import { CALLERS } from './attempts/callers.ts';
import { CONSTRUCTORS } from './attempts/constructors.ts';
import { DESCRIPTORS } from './attempts/descriptors.ts';
import { DISPOSAL } from './attempts/disposal.ts';
import { ERROR_OBJECTS } from './attempts/errors.ts';
import { HANDLES } from './attempts/handles.ts';
import { NETWORK } from './attempts/network.ts';
import { NODE } from './attempts/node.ts';
import { PROMISES } from './attempts/promises.ts';
import { PROTOTYPES } from './attempts/prototypes.ts';
import { PROXIES } from './attempts/proxies.ts';
import { REALMS } from './attempts/realms.ts';
import { RESULTS } from './attempts/results.ts';
import { SHARED_STATE } from './attempts/shared-state.ts';
import { SOURCES } from './attempts/sources.ts';
import { SPECIES } from './attempts/species.ts';
import { SYMBOLS } from './attempts/symbols.ts';
import { WASM } from './attempts/wasm.ts';

const CATEGORIES = [
  ...[CONSTRUCTORS, PROTOTYPES, SYMBOLS, ERROR_OBJECTS, CALLERS, PROXIES, PROMISES, REALMS],
  ...[BUILTINS, SHARED_STATE, SOURCES, DESCRIPTORS, DISPOSAL, SPECIES, NODE, WASM],
  ...[HANDLES, NETWORK, RESULTS],
];

/** Those that the runner's own tests make on an engine alone. */
const OF_RUNNER = {
  realm: REALM,
  errors: ERRORS,
  promises: OF_PROMISES,
  bridge: BRIDGE,
  platform: PLATFORM,
};

/** Written one by one, against whatever the realm has. */
export const ATTEMPTS: readonly Attempt[] = [
  ...CATEGORIES.flatMap(attemptsOf),
  ...Object.entries(OF_RUNNER).flatMap(([kind, attempts]) =>
    attempts.map(([name, code]) => ({ category: `of the runner: ${kind}`, name, code })),
  ),
];
