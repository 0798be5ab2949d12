import { primordials } from '../../../guest/captured.ts';
import { record } from '../../../guest/interface.ts';

const { hasOwn, TypeError } = primordials;

/** What a request says of its part in a page. There is none here: it is kept, and nothing follows from it. */
export interface PageFields {
  cache: string;
  credentials: string;
  integrity: string;
  keepalive: boolean;
  mode: string;
  referrerPolicy: string;
}

export type PageInit = { [Name in keyof PageFields]?: unknown };

const DEFAULTS: PageFields = record({
  cache: 'default',
  credentials: 'same-origin',
  integrity: '',
  keepalive: false,
  mode: 'cors',
  referrerPolicy: '',
});

/** Members that are one of a few texts; `navigate` is a mode that no script may ask for. */
const VALUES: Record<'cache' | 'credentials' | 'mode' | 'referrerPolicy', object> = record({
  cache: record({
    default: 1,
    'no-store': 1,
    reload: 1,
    'no-cache': 1,
    'force-cache': 1,
    'only-if-cached': 1,
  }),
  credentials: record({ omit: 1, 'same-origin': 1, include: 1 }),
  mode: record({ 'same-origin': 1, 'no-cors': 1, cors: 1 }),
  referrerPolicy: record({
    '': 1,
    'no-referrer': 1,
    'no-referrer-when-downgrade': 1,
    'same-origin': 1,
    origin: 1,
    'strict-origin': 1,
    'origin-when-cross-origin': 1,
    'strict-origin-when-cross-origin': 1,
    'unsafe-url': 1,
  }),
});

export function readPageFields(init: PageInit, base: PageFields = DEFAULTS): PageFields {
  const { cache, credentials, integrity, keepalive, mode, referrerPolicy } = init;
  const fields: PageFields = record({
    cache: oneOf('cache', cache, base),
    credentials: oneOf('credentials', credentials, base),
    integrity: integrity === undefined ? base.integrity : `${integrity as string}`,
    keepalive: keepalive === undefined ? base.keepalive : !!keepalive,
    mode: oneOf('mode', mode, base),
    referrerPolicy: oneOf('referrerPolicy', referrerPolicy, base),
  });
  if (fields.cache === 'only-if-cached' && fields.mode !== 'same-origin') {
    throw new TypeError('only-if-cached is for requests of mode same-origin');
  }
  return fields;
}

function oneOf(name: keyof typeof VALUES, given: unknown, base: PageFields): string {
  if (given === undefined) return base[name];
  const text = `${given as string}`;
  if (hasOwn(VALUES[name], text)) return text;
  throw new TypeError(`${name} is none of those that there are`);
}
