import type { KubernetesObject } from './objects.ts';
import { errorOfStatus, KubernetesError } from './kubernetes-error.ts';

export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  /** Of a bookmark, only `metadata.resourceVersion` is set. */
  object: T;
}

/** An object has at most 1.5 MiB in etcd, and escapes in JSON can make six times of that. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/** The events of a watch's answer. Throws a {@link KubernetesError} for an event of type ERROR. */
export async function* watchEvents<T extends KubernetesObject>(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of splitLines(chunks)) {
    if (line.length > 0) yield eventOf<T>(line.toString('utf8'));
  }
}

function eventOf<T extends KubernetesObject>(line: string): WatchEvent<T> {
  const { type, object } = parse(line) as { type?: string; object?: T };
  if (type === 'ERROR') throw errorOfStatus(object, { status: 500 });
  if (!isEventType(type) || object?.metadata?.resourceVersion === undefined) {
    throw malformed(`an event of type ${String(type)} without an object`);
  }
  return { type, object };
}

function isEventType(type: unknown): type is WatchEvent<unknown>['type'] {
  return type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK';
}

function parse(line: string): object {
  try {
    return Object(JSON.parse(line)) as object;
  } catch (cause) {
    throw malformed('a line that is not JSON', cause);
  }
}

function malformed(what: string, cause?: unknown): KubernetesError {
  const message = `the API server's watch sent ${what}`;
  return new KubernetesError({ status: 0, reason: 'Unreachable', message, cause });
}

/** node:readline bounds no line. A line cut off by the end of the answer is dropped. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...held, chunk.subarray(start, end)]);
      held = [];
      size = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    held.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > MAX_LINE_BYTES) throw malformed(`a line of more than ${MAX_LINE_BYTES} bytes`);
  }
}
