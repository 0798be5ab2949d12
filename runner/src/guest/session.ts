import type { SessionPort } from '../bridge/port/guest/port.ts';
import type { GroupLoader } from './globals.ts';
import { jsonParse, list, record } from './intrinsics.ts';
import type { Feature } from './presets.ts';
import type { GuestRuntime, GuestSession } from './runtime.ts';

/** Makes a runtime into one whose embedders come and go. */
export function sessionOf(
  runtime: GuestRuntime,
  { port, loader }: { port: SessionPort; loader: GroupLoader },
): GuestSession {
  const offer = (features: readonly Feature[]): void => {
    const missing = list<Feature>();
    for (let i = 0; i < features.length; i++) {
      if (!loader.offers(features[i]!)) missing[missing.length] = features[i]!;
    }
    try {
      loader.offer(missing);
    } catch {
      // The guest has something of its own in their place, for good.
    }
  };
  return record<GuestSession>({
    ...runtime,
    attach: (number, console, tools, features) => {
      offer(jsonParse(features) as Feature[]);
      port.attach(number, console, jsonParse(tools) as string[]);
    },
    detach: () => port.detach(),
  });
}
