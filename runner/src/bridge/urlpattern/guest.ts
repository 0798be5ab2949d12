import { URLPattern } from 'urlpattern-polyfill/urlpattern';
import type { GuestGroup } from '../../guest/core.ts';
import { defineInterface } from '../../guest/interface.ts';

/**
 * Bundled whole: it uses ordinary prototypes, so that a guest that changes those changes it too.
 * It knows nothing of the host. Patterns are regular expressions of the guest's and run in its
 * isolate, within its CPU limit: Node's own class would run them on the host.
 */
defineInterface(URLPattern, 'URLPattern');

export const install: GuestGroup = () => ({ URLPattern });
