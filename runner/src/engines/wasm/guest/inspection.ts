import { Module } from './webassembly.ts';

/** A module may have a hundred thousand items with names of a hundred thousand characters each. */
const MAX_ITEMS = 10_000;
const MAX_NAME = 256;

interface Listed {
  module?: string;
  name: string;
  kind: string;
}

/** What a module exports and imports, as JSON text of at most about `maxBytes`. */
export function inspectionText(module: object, maxBytes: number): string {
  const room = { bytes: maxBytes };
  const exports = listed(Module.exports(module), room);
  const imports = listed(Module.imports(module), room);
  return JSON.stringify({ exports, imports });
}

function listed(items: readonly Listed[], room: { bytes: number }): Listed[] {
  const kept: Listed[] = [];
  for (const item of items.slice(0, MAX_ITEMS)) {
    const entry = entryOf(item);
    room.bytes -= JSON.stringify(entry).length;
    if (room.bytes < 0) break;
    kept.push(entry);
  }
  return kept;
}

function entryOf({ module, name, kind }: Listed): Listed {
  return {
    ...(module === undefined ? {} : { module: module.slice(0, MAX_NAME) }),
    name: name.slice(0, MAX_NAME),
    kind,
  };
}
