import {
  BROWSER_POD_METHODS,
  BrowserArtifactsSchema,
  checker,
  CofferdamError,
  MAX_ARTIFACT_BYTES,
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

const check = checker(BrowserArtifactsSchema);

interface Collected {
  answer: BrowserArtifacts;
  images: { url: string; image: Image }[];
}

/** What a run's browser leaves behind. Never rejects: what the pod does not say is not there. */
export async function collectArtifacts(
  browser: RemoteBrowser,
  screenshots: Screenshots,
  withPages: boolean,
): Promise<RunArtifact[]> {
  const said = await ask(browser, false);
  const pages = withPages ? ((await ask(browser, true))?.images ?? []) : [];
  const images: RunArtifact[] = [
    ...pages.slice(0, MAX_PAGES).map(({ url, image }, index) => ({
      ...fileOf(`page-${index + 1}`, image),
      about: url,
    })),
    ...screenshots.images.map((image, index) => fileOf(`screenshot-${index + 1}`, image)),
  ];
  return [...(said ? [logOf(said.answer)] : []), ...within(images)];
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

async function ask(browser: RemoteBrowser, screenshots: boolean): Promise<Collected | undefined> {
  const deadlineMs = screenshots ? PAGES_MS : LINES_MS;
  const { artifacts } = BROWSER_POD_METHODS;
  try {
    const call = browser.ask(artifacts, { screenshots }, deadlineMs);
    if (!call) return undefined;
    call.end();
    const data = await collected(call.data);
    const checked = check(await call.reply);
    if (!checked.ok) throw new CofferdamError('PROTOCOL_VIOLATION', 'not what a session left');
    return { answer: checked.value, images: imagesIn(checked.value, data) };
  } catch (error) {
    const { code, message } = CofferdamError.from(error);
    if (code === 'PROTOCOL_VIOLATION') browser.drop(message);
    return undefined;
  }
}

async function collected(data: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of data) {
    size += piece.byteLength;
    if (size > MAX_ARTIFACT_BYTES) {
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
