import { parser } from '@cofferdam/protocol';
import { Type } from '@cofferdam/protocol/typebox';
import type { WasmItem } from './modules.ts';

const name = Type.String({ maxLength: 4096 });
const items = Type.Array(
  Type.Object({ module: Type.Optional(name), name, kind: Type.String({ maxLength: 16 }) }),
  { maxItems: 20_000 },
);

const check = parser(Type.Object({ exports: items, imports: items }), 'PROTOCOL_VIOLATION');

/** What a runner says is in a module, checked. */
export function readInspection(answer: unknown): { exports: WasmItem[]; imports: WasmItem[] } {
  return check(answer);
}
