import {
  checker,
  DEFAULT_NAMESPACE,
  NAME_PATTERN,
  nestsDeeper,
  SandboxScriptSchema,
  type Problem,
  type SandboxScript,
} from '@cofferdam/protocol';
import { isScalar, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { checkClusterFields } from './cluster-fields.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import { checkMeaning } from './meaning.ts';
import type { ScriptEntry, ScriptIdentity, SourceProblem } from './source.ts';

/** A larger file is not read: a resource's source is at most 128 KiB. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Aliases may not blow a document up ("billion laughs"). */
const MAX_ALIASES = 100;
/** What a person reads of one document; the rest would repeat it. */
const MAX_PROBLEMS = 8;
/** Deeper documents would end recursive readers; the wire's JSON has a bound of 64 too. */
const MAX_DEPTH = 48;
/** No script needs more brackets open at once; the YAML parser recurses for each. */
const MAX_FLOW_DEPTH = 1_000;

export interface ParsedFile {
  entries: ScriptEntry[];
  /** Problems of documents that name no script. */
  problems: SourceProblem[];
}

const checkSchema = checker(SandboxScriptSchema);
const namePattern = new RegExp(NAME_PATTERN);

/** Reads every document of a file; what is wrong with one leaves the others. */
export function parseFile(file: string, text: string): ParsedFile {
  const parsed: ParsedFile = { entries: [], problems: [] };
  const whole = (message: string): ParsedFile => ({
    entries: [],
    problems: [{ file, line: 0, column: 0, path: '', message }],
  });
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return whole('the file is larger than 1 MiB');
  if (nestsDeeper(text, MAX_FLOW_DEPTH)) return whole('brackets nest too deep');
  const lines = new LineCounter();
  let documents: Document[];
  try {
    documents = [
      ...parseAllDocuments(text, {
        lineCounter: lines,
        prettyErrors: false,
        // yaml compares every key with every other: a file of 1 MiB would take minutes.
        uniqueKeys: false,
      }),
    ];
  } catch {
    return whole('the YAML nests too deep to be read');
  }
  for (const document of documents) {
    if (isEmpty(document)) continue;
    addDocument(parsed, { file, lines, document });
  }
  return parsed;
}

/** What stands between two `---`, or after the last: nothing, or comments. */
function isEmpty({ contents, errors }: Document): boolean {
  const nothing = contents === null || (isScalar(contents) && contents.value === null);
  return nothing && errors.length === 0;
}

interface DocumentContext {
  file: string;
  lines: LineCounter;
  document: Document;
}

function addDocument(parsed: ParsedFile, context: DocumentContext): void {
  const { file } = context;
  const { value, problems } = checkDocument(context);
  if (isNamespace(value)) return;
  const identity = identityOf(value);
  if (!identity) {
    parsed.problems.push(...problems);
    return;
  }
  const { line, col } = context.lines.linePos(offsetOf(context.document, 'metadata.name'));
  parsed.entries.push({
    ...identity,
    file,
    line,
    column: col,
    problems,
    ...(problems.length === 0 ? { resource: value as SandboxScript } : {}),
  });
}

function checkDocument(context: DocumentContext): { value: unknown; problems: SourceProblem[] } {
  const { file, lines, document } = context;
  const broken = [
    ...document.errors.map(({ pos, message }) => ({ offset: pos[0], message })),
    ...duplicateKeys(document, MAX_PROBLEMS),
  ];
  const syntax = broken.slice(0, MAX_PROBLEMS).map(({ offset, message }): SourceProblem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, path: '', message: firstLine(message) };
  });
  const plain = plainValue(document);
  if (!plain.ok) {
    return { value: undefined, problems: [...syntax, placed(context, plain.problem)] };
  }
  // A document that does not parse has no fields to speak of; its name may still be known.
  if (syntax.length > 0) return { value: plain.value, problems: syntax };
  return { value: plain.value, problems: fieldProblems(context, plain.value) };
}

function fieldProblems(context: DocumentContext, value: unknown): SourceProblem[] {
  const checked = checkSchema(value);
  const problems = checked.ok
    ? [...checkMeaning(checked.value), ...checkClusterFields(checked.value)]
    : checked.problems;
  return problems.slice(0, MAX_PROBLEMS).map((problem) => placed(context, problem));
}

/** The document as JSON would have it: what a cluster would store. */
function plainValue(
  document: Document,
): { ok: true; value: unknown } | { ok: false; problem: Problem } {
  const failed = (message: string) => ({ ok: false as const, problem: { path: '', message } });
  try {
    const text = JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES })) ?? 'null';
    if (text.length > 4 * MAX_FILE_BYTES) return failed('the document is too large');
    if (nestsDeeper(text, MAX_DEPTH)) return failed(`nested deeper than ${MAX_DEPTH}`);
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    return failed(error instanceof RangeError ? 'nested too deep' : firstLine(String(error)));
  }
}

/** Where a problem's field is, or the nearest field around it that exists. */
function placed({ file, lines, document }: DocumentContext, problem: Problem): SourceProblem {
  const { line, col } = lines.linePos(offsetOf(document, problem.path));
  return { file, line, column: col, path: problem.path, message: problem.message };
}

function offsetOf(document: Document, path: string): number {
  const parts = path === '' ? [] : path.split('.').map((p) => (/^\d+$/.test(p) ? Number(p) : p));
  for (let length = parts.length; length > 0; length--) {
    const node: unknown = document.getIn(parts.slice(0, length), true);
    const { range } = Object(node) as { range?: [number, number, number] };
    if (range) return range[0];
  }
  return document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
}

/** Belongs into a folder that is applied to a cluster; without one namespaces are only names. */
function isNamespace(value: unknown): boolean {
  const { apiVersion, kind } = Object(value) as Record<string, unknown>;
  return apiVersion === 'v1' && kind === 'Namespace';
}

function identityOf(value: unknown): ScriptIdentity | undefined {
  const { kind, metadata } = Object(value) as Record<string, unknown>;
  const { name, namespace = DEFAULT_NAMESPACE } = Object(metadata) as Record<string, unknown>;
  const isName = (text: unknown): text is string =>
    typeof text === 'string' && namePattern.test(text);
  if (kind !== 'SandboxScript' || !isName(name) || !isName(namespace)) return undefined;
  return { namespace, name };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 300);
}
