import { registerHooks } from 'node:module';

const JUDGES = /function reachOf[46]\([^)]*\): Reach \{/g;

/** Loaded before egress: its classification calls every address public. Shows that the probes would get through. */
registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/protocol/src/net/address.ts')) return loaded;
    const source = String(loaded.source);
    if (source.match(JUDGES)?.length !== 2)
      throw new Error('the classification has changed its shape');
    return { ...loaded, source: source.replace(JUDGES, "$& if (true) return 'public';") };
  },
});
