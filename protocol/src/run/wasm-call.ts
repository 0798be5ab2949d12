import { Type, type Static } from '../schema/typebox.ts';
import { MAX_INPUT_BYTES } from './guest-options.ts';

const closed = { additionalProperties: false };
const shortText = Type.String({ maxLength: 256 });
const longText = Type.String({ maxLength: 4096 });

/** A number, or the decimal text of an i64. */
const WasmNumber = Type.Union([
  Type.Number(),
  Type.String({ pattern: '^-?[0-9]{1,20}$', maxLength: 21 }),
]);

/** How a module is called, wherever its bytes come from; `maxStdin` bounds the command's input. */
export const wasmCallFields = (maxStdin: number) => ({
  entry: Type.Optional(
    Type.String({
      maxLength: 256,
      description: 'The export to call. Default: `_start` of a WASI command.',
    }),
  ),
  args: Type.Optional(
    Type.Array(WasmNumber, {
      maxItems: 64,
      description: "The export's arguments: numbers, or the decimal text of an i64.",
    }),
  ),
  imports: Type.Optional(
    Type.Record(shortText, Type.Record(shortText, WasmNumber, { maxProperties: 256 }), {
      maxProperties: 64,
      description: 'Constants for imported globals: module, then name, then value.',
    }),
  ),
  wasi: Type.Optional(
    Type.Object(
      {
        args: Type.Optional(
          Type.Array(longText, {
            maxItems: 256,
            description: 'Its arguments, behind its own name, which is `module`.',
          }),
        ),
        env: Type.Optional(
          Type.Record(shortText, longText, {
            maxProperties: 256,
            description: 'Its environment. Default: empty.',
          }),
        ),
        stdin: Type.Optional(
          Type.String({ maxLength: maxStdin, description: 'Its standard input. Default: empty.' }),
        ),
      },
      { ...closed, description: 'Run the module as a WASI preview 1 command.' },
    ),
  ),
});

export const WasmCallSchema = Type.Object(
  {
    /** SHA-256 of the module's bytes, in hexadecimal. */
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    ...wasmCallFields(MAX_INPUT_BYTES),
  },
  closed,
);
export type WasmCall = Static<typeof WasmCallSchema>;
