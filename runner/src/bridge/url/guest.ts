import type { GuestGroup } from '../../guest/core.ts';
import { noteCanonical } from './guest/canonical.ts';
import { URL } from './guest/url.ts';
import { URLSearchParams } from './guest/url-search-params.ts';
import { parseForm } from './guest/form-encoding.ts';
import { defineIterable, pairIterators } from './guest/pair-iterator.ts';

/** What other groups use of this one; only the classes are globals. */
export interface UrlGroup {
  URL: typeof URL;
  URLSearchParams: typeof URLSearchParams;
  noteCanonical: typeof noteCanonical;
  parseForm: typeof parseForm;
  defineIterable: typeof defineIterable;
  pairIterators: typeof pairIterators;
}

export const install: GuestGroup = () => ({
  URL,
  URLSearchParams,
  defineIterable,
  noteCanonical,
  pairIterators,
  parseForm,
});
