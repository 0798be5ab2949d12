import {
  BROWSER_POD_METHODS,
  BrowserArtifactsSchema,
  checker,
  CofferdamError,
  MAX_ARTIFACT_BYTES,
  MAX_TRACE_BYTES,
  type BrowserArtifacts,
} from '@cofferdam/protocol';
import type { RunArtifact } from '../records/artifacts.ts';
import type { RemoteBrowser } from './remote-browser.ts';
import { imageOf, MAX_IMAGE_BYTES, type Image, type Screenshots } from './screenshots.ts';

/** Of a check that failed, of the pages that it left open. */
const MAX_PAGES = 3;
/** A page that does not come to rest is not waited for: the run's answer waits too. */
const PAGES_MS = 8_000;
const LINES_MS = 3_000;
/** A pod stops its recording within 3 s, and has it packed in one. */
const TRACE_MS = 8_000;

const check = checker(BrowserArtifactsSchema);

interface Collected {
  answer: BrowserArtifacts;
  images: { url: string; image: Image }[];
  trace: RunArtifact | undefined;
}

type Asked = 'lines' | 'screenshots' | 'trace';

/** What a run's browser leaves behind. Never rejects: what the pod does not say is not there. */
export async function collectArtifacts(
  browser: RemoteBrowser,
  screenshots: Screenshots,
  hasFailed: boolean,
): Promise<RunArtifact[]> {
  const said = await ask(browser, 'lines');
  // Before photographs, which would be in it.
  const trace = hasFailed ? (await ask(browser, 'trace'))?.trace : undefined;
  const pages = hasFailed ? ((await ask(browser, 'screenshots'))?.images ?? []) : [];
  const images: RunArtifact[] = [
    ...pages.slice(0, MAX_PAGES).map(({ url, image }, index) => ({
      ...fileOf(`page-${index + 1}`, image),
      about: url,
    })),
    ...screenshots.images.map((image, index) => fileOf(`screenshot-${index + 1}`, image)),
  ];
  return [...(said ? [logOf(said.answer)] : []), ...(trace ? [trace] : []), ...within(images)];
}

/** Pages of a failure come first: they are what somebody will look for. */
function within(images: readonly RunArtifact[]): RunArtifact[] {
  let left = MAX_IMAGE_BYTES;
  return images.filter(({ bytes }) => {
    if (bytes.byteLength > left) return false;
    left -= bytes.byteLength;
    return true;
  });
}

function fileOf(name: string, { type, ending, bytes }: Image): RunArtifact {
  return { name: `${name}.${ending}`, contentType: type, bytes };
}

function logOf({ lines, dropped }: BrowserArtifacts): RunArtifact {
  const bytes = Buffer.from(JSON.stringify({ lines, dropped }));
  return { name: 'browser.json', contentType: 'application/json', bytes };
}

const WITHIN: Record<Asked, { deadlineMs: number; bytes: number }> = {
  lines: { deadlineMs: LINES_MS, bytes: 0 },
  screenshots: { deadlineMs: PAGES_MS, bytes: MAX_ARTIFACT_BYTES },
  trace: { deadlineMs: TRACE_MS, bytes: MAX_TRACE_BYTES },
};

async function ask(browser: RemoteBrowser, asked: Asked): Promise<Collected | undefined> {
  const { deadlineMs, bytes } = WITHIN[asked];
  const payload = asked === 'lines' ? {} : { [asked]: true };
  try {
    const call = browser.ask(BROWSER_POD_METHODS.artifacts, payload, deadlineMs);
    if (!call) return undefined;
    call.end();
    const data = await collected(call.data, bytes);
    const checked = check(await call.reply);
    if (!checked.ok) throw new CofferdamError('PROTOCOL_VIOLATION', 'not what a session left');
    const answer = checked.value;
    return { answer, images: imagesIn(answer, data), trace: traceIn(answer, data) };
  } catch (error) {
    const { code, message } = CofferdamError.from(error);
    if (code === 'PROTOCOL_VIOLATION') browser.drop(message);
    return undefined;
  }
}

async function collected(data: AsyncIterable<Buffer>, most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of data) {
    size += piece.byteLength;
    if (size > most) {
      throw new CofferdamError('PROTOCOL_VIOLATION', 'more than a session leaves');
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}

/** What lies where the answer says, and is an image. */
function imagesIn({ screenshots }: BrowserArtifacts, data: Buffer): Collected['images'] {
  let at = 0;
  return screenshots.flatMap(({ url, bytes }) => {
    const image = imageOf(Buffer.from(data.subarray(at, at + bytes)));
    at += bytes;
    return image && image.bytes.byteLength === bytes ? [{ url, image }] : [];
  });
}

const ZIP = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
const MISSING = 'not whole, its beginning is missing: ';

/** What lies behind the images, and is an archive. */
function traceIn({ trace, screenshots }: BrowserArtifacts, data: Buffer): RunArtifact | undefined {
  if (!trace) return undefined;
  const at = screenshots.reduce((sum, { bytes }) => sum + bytes, 0);
  const bytes = Buffer.from(data.subarray(at, at + trace.bytes));
  if (bytes.byteLength !== trace.bytes || !bytes.subarray(0, ZIP.byteLength).equals(ZIP)) {
    return undefined;
  }
  const about = trace.cut.length > 0 && { about: MISSING + trace.cut.join(', ') };
  return { name: 'trace.zip', contentType: 'application/zip', bytes, ...about };
}
