import type { Capability } from './capability.ts';
import { browserCapability } from './browser/host.ts';
import { cryptoCapability } from './crypto/host.ts';
import { encodingCapability } from './encoding/host.ts';
import { filesCapability } from './directory/host.ts';
import { fetchCapability } from './fetch/host.ts';
import { streamsCapability } from './streams/host.ts';
import { timersCapability } from './timers/host.ts';
import { urlCapability } from './url/host.ts';
import { webSocketCapability } from './websocket/host.ts';

/** Everything that a guest's platform code may ask of its host, whatever the preset. */
export const CAPABILITIES: readonly Capability[] = [
  browserCapability,
  cryptoCapability,
  encodingCapability,
  fetchCapability,
  filesCapability,
  streamsCapability,
  timersCapability,
  urlCapability,
  webSocketCapability,
];
