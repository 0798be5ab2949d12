import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { zipSync, type Zippable } from 'fflate';
import type { BrowserTrace } from '@cofferdam/protocol';
import { withoutSecrets } from '../secrets.ts';
import { withPictures } from './lines.ts';
import { MAX_PICTURE_BYTES, type Picture } from './pictures.ts';
import { MAX_HEAD_BYTES, readEnd } from './text-end.ts';

/** Some 2,000 actions. */
export const MAX_TEXT_BYTES = 2 * 1024 * 1024;
/** JPEG is compressed already. */
const STORED = { level: 0 } as const;
/** A third of the time of the default, for a tenth more bytes. */
const FAST = { level: 3 } as const;

interface Recorded {
  /** Files of what happened, in the order of their beginnings. */
  texts: readonly string[];
  /** Where the pictures are. */
  folder: string;
  pictures: readonly Picture[];
  /** Never part of an archive, whatever wrote them. */
  secrets: readonly string[];
}

/** What was recorded as Playwright's viewer reads it: the contexts one beside the other, and their pictures. */
export async function archiveOf(
  recorded: Recorded,
): Promise<{ bytes: Uint8Array; cut: BrowserTrace['cut'] }> {
  const pictures = await readPictures(recorded);
  const texts = await readTexts(recorded.texts);
  const entries: Zippable = {};
  texts.whole.forEach((text, index) => {
    const name = index === 0 ? 'trace' : `trace-${index + 1}`;
    const lines = withoutSecrets(
      withPictures(text, (file) => pictures.files.has(file)),
      recorded.secrets,
    );
    entries[`${name}.trace`] = [Buffer.from(lines), FAST];
    entries[`${name}.network`] = [new Uint8Array(), STORED];
  });
  for (const [name, bytes] of pictures.files) entries[name] = [bytes, STORED];
  const cut: BrowserTrace['cut'] = [
    ...(pictures.isCut ? (['pictures'] as const) : []),
    ...(texts.isCut ? (['actions'] as const) : []),
  ];
  return { bytes: zipSync(entries), cut };
}

/** The last ones come first, as long as there is room: one may have grown since it was counted. */
async function readPictures({ folder, pictures }: Recorded) {
  const files = new Map<string, Buffer>();
  let left = MAX_PICTURE_BYTES;
  for (const { file } of pictures.toReversed()) {
    // eslint-disable-next-line no-await-in-loop -- within the room that is left
    const bytes = await readFile(`${folder}/${file}`).catch(() => undefined);
    if (!bytes) continue;
    left -= bytes.byteLength;
    if (left < 0) return { files, isCut: true };
    files.set(`${basename(folder)}/${file}`, bytes);
  }
  return { files, isCut: false };
}

/** The last ones first, as the pictures: of one that is too long the end. */
async function readTexts(paths: readonly string[]) {
  const whole: string[] = [];
  let left = MAX_TEXT_BYTES;
  let isCut = false;
  for (const path of paths.toReversed()) {
    // eslint-disable-next-line no-await-in-loop -- within the room that is left
    const text = await readEnd(path, left).catch(() => undefined);
    if (!text) continue;
    isCut ||= text.isCut;
    left -= Buffer.byteLength(text.value);
    whole.unshift(text.value);
    if (left <= MAX_HEAD_BYTES) break;
  }
  return { whole, isCut: isCut || whole.length < paths.length };
}
