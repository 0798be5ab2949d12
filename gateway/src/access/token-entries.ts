import {
  checker,
  CofferdamError,
  describeProblems,
  NAME_PATTERN,
  nestsDeeper,
} from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';
import { LineCounter, parseDocument } from 'yaml';

/** 1,000 entries of the longest kind. */
export const MAX_TOKENS_FILE_BYTES = 1024 * 1024;
/** A list of objects of lists nests three deep; the YAML parser recurses for each bracket. */
const MAX_DEPTH = 8;
const EVERY_NAMESPACE = '*';

const TokenEntrySchema = Type.Object(
  {
    /** Who it is, for logs and messages. */
    name: Type.String({ pattern: NAME_PATTERN, maxLength: 63 }),
    /** 16 random letters are the least that cannot be guessed. */
    token: Type.Optional(Type.String({ pattern: '^[!-~]+$', minLength: 16, maxLength: 1024 })),
    sha256: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
    namespaces: Type.Union([
      Type.Tuple([Type.Literal(EVERY_NAMESPACE)]),
      Type.Array(Type.String({ pattern: NAME_PATTERN, maxLength: 63 }), {
        minItems: 1,
        maxItems: 256,
      }),
    ]),
    rights: Type.Optional(Type.Array(Type.Enum(['run', 'read']), { minItems: 1, maxItems: 2 })),
  },
  { additionalProperties: false },
);
const TokenListSchema = Type.Array(TokenEntrySchema, { maxItems: 1_000 });
export type TokenEntry = Static<typeof TokenEntrySchema>;

const check = checker(TokenListSchema);

/**
 * Reads the list of a tokens file: YAML, of which JSON is a part. Throws `INVALID_CONFIG` with a
 * message that never holds a part of the text, since it may be a token.
 */
export function parseTokenEntries(text: string): TokenEntry[] {
  if (nestsDeeper(text, MAX_DEPTH)) throw broken('brackets nest too deep');
  const checked = check(valueOf(text));
  if (!checked.ok) throw broken(describeProblems(checked.problems));
  for (const [index, { token, sha256 }] of checked.value.entries()) {
    if ((token === undefined) !== (sha256 === undefined)) continue;
    throw broken(`${index}: needs exactly one of token and sha256`);
  }
  return checked.value;
}

/** Whether an entry is bound to no namespace. */
export function isForEveryNamespace({ namespaces }: TokenEntry): boolean {
  return namespaces[0] === EVERY_NAMESPACE;
}

function valueOf(text: string): unknown {
  const lineCounter = new LineCounter();
  // Pretty errors quote the line that they are about. No list of tokens needs aliases.
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line } = lineCounter.linePos(error.pos[0]);
    throw broken(`line ${line} is not YAML (${error.code})`);
  }
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw broken('is not YAML without aliases');
  }
}

function broken(message: string): CofferdamError {
  return new CofferdamError('INVALID_CONFIG', message);
}
