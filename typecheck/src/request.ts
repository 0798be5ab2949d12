import { CofferdamError, LANGUAGES, MAX_CODE_BYTES, parser, PRESETS } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';
import { CAPABILITIES, PROFILES } from './profile.ts';

const closed = { additionalProperties: false };

/** Bytes of all library declarations of one check together. */
const MAX_LIBRARY_BYTES = 2 * 1024 * 1024;
const MAX_LIBRARIES = 64;
/** The name of a package, or of a module in it. No segment of it can be `..`. */
const MODULE_NAME =
  '^(?:@[A-Za-z0-9~-][\\w.~-]*\\/)?[A-Za-z0-9~-][\\w.~-]*(?:\\/[A-Za-z0-9~-][\\w.~-]*)*$';
const moduleName = new RegExp(MODULE_NAME);

/** Those that only make the check stricter or looser. None of them names a file. */
const OPTIONS = [
  'allowUnreachableCode',
  'allowUnusedLabels',
  'erasableSyntaxOnly',
  'exactOptionalPropertyTypes',
  'noFallthroughCasesInSwitch',
  'noImplicitAny',
  'noImplicitOverride',
  'noImplicitReturns',
  'noImplicitThis',
  'noPropertyAccessFromIndexSignature',
  'noUncheckedIndexedAccess',
  'noUnusedLocals',
  'noUnusedParameters',
  'strict',
  'strictBindCallApply',
  'strictBuiltinIteratorReturn',
  'strictFunctionTypes',
  'strictNullChecks',
  'strictPropertyInitialization',
  'useUnknownInCatchVariables',
] as const;
type OptionName = (typeof OPTIONS)[number];

const option = Type.Optional(Type.Boolean());
const optionFields = Object.fromEntries(OPTIONS.map((name) => [name, option])) as Record<
  OptionName,
  typeof option
>;

export const TypecheckRequestSchema = Type.Object(
  {
    code: Type.String({ description: 'At most 1 MiB of UTF-8.' }),
    language: Type.Optional(
      Type.Enum([...LANGUAGES], { description: 'Default: auto, which is TypeScript here.' }),
    ),
    profile: Type.Optional(
      Type.Enum([...PROFILES], {
        description: 'What the code is for. Default: backend, unless there is a preset.',
      }),
    ),
    preset: Type.Optional(
      Type.Enum([...PRESETS], {
        description: 'In place of a profile: exactly what this preset offers to a run.',
      }),
    ),
    capabilities: Type.Optional(
      Type.Array(Type.Enum([...CAPABILITIES]), {
        maxItems: 32,
        description: 'Beside those of the profile.',
      }),
    ),
    libraryTypes: Type.Optional(
      Type.Record(Type.String({ pattern: MODULE_NAME, maxLength: 214 }), Type.String(), {
        ...closed,
        maxProperties: MAX_LIBRARIES,
        description:
          'Declarations (.d.ts) by the name of the module that they are of; what is global in them is global. At most 2 MiB together.',
      }),
    ),
    compilerOptions: Type.Optional(
      Type.Object(optionFields, {
        ...closed,
        description: 'How strict TypeScript is. Default: `strict`.',
      }),
    ),
  },
  closed,
);
/** A source, and what it is checked against. */
export type TypecheckRequest = Static<typeof TypecheckRequestSchema>;

const parse = parser(TypecheckRequestSchema);

/** Throws `INVALID_INPUT` or `CODE_TOO_LARGE`. */
export function readRequest(input: unknown): TypecheckRequest {
  const request = parse(input);
  if (Buffer.byteLength(request.code) > MAX_CODE_BYTES) throw new CofferdamError('CODE_TOO_LARGE');
  if (request.preset !== undefined && request.profile !== undefined) {
    throw invalid('profile', 'cannot be given with a preset');
  }
  if (request.preset !== undefined && request.capabilities !== undefined) {
    throw invalid('capabilities', 'cannot be given with a preset');
  }
  readLibraries(request.libraryTypes ?? {});
  return request;
}

function readLibraries(libraries: Record<string, string>): void {
  const entries = Object.entries(libraries);
  const unnamed = entries.find(([name]) => name.length > 214 || !moduleName.test(name));
  if (unnamed) throw invalid('libraryTypes', `'${unnamed[0].slice(0, 80)}' is no module's name`);
  const bytes = entries.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
  if (bytes > MAX_LIBRARY_BYTES) throw invalid('libraryTypes', 'hold more than 2 MiB');
}

function invalid(path: string, message: string): CofferdamError {
  return new CofferdamError('INVALID_INPUT', `${path}: ${message}`, {
    details: { problems: [{ path, message }] },
  });
}
