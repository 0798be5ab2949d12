import type { BrowserAnswer, BrowserCall } from '@cofferdam/protocol';
import type { AnswerWatch } from './remote-browser.ts';

/** Of what a guest photographs itself; later ones are its own to keep. */
const MAX_SCREENSHOTS = 10;
const MAX_SCREENSHOT_BYTES = 2 * 1024 * 1024;
/** All images of a run. */
export const MAX_IMAGE_BYTES = 8 * 1024 * 1024;

/** What an image is by its first bytes: nobody else is asked. */
const FORMATS = [
  { type: 'image/png', ending: 'png', magic: Buffer.from([0x89, 0x50, 0x4e, 0x47]) },
  { type: 'image/jpeg', ending: 'jpg', magic: Buffer.from([0xff, 0xd8, 0xff]) },
] as const;

export interface Image {
  type: (typeof FORMATS)[number]['type'];
  ending: (typeof FORMATS)[number]['ending'];
  bytes: Buffer;
}

/** `undefined` for what is no image that browsers of ours make. */
export function imageOf(bytes: Buffer): Image | undefined {
  const format = FORMATS.find(({ magic }) => bytes.subarray(0, magic.byteLength).equals(magic));
  return format && { type: format.type, ending: format.ending, bytes };
}

/** Keeps the first screenshots of a guest as their bytes pass by. */
export class Screenshots {
  readonly #images: Image[] = [];
  /** Of answers under way: what they may take is counted before it comes. */
  #expected = 0;
  #bytes = 0;

  get images(): readonly Image[] {
    return this.#images;
  }

  watch({ method }: BrowserCall): AnswerWatch | undefined {
    if (method !== 'screenshot' || this.#images.length + this.#expected >= MAX_SCREENSHOTS) {
      return undefined;
    }
    this.#expected++;
    const pieces: Buffer[] = [];
    let size = 0;
    return {
      take: (bytes) => {
        size += bytes.byteLength;
        if (size <= MAX_SCREENSHOT_BYTES) pieces.push(bytes);
        else pieces.length = 0;
      },
      done: (answer) => {
        this.#expected--;
        if (size <= MAX_SCREENSHOT_BYTES && isWhole(answer)) this.#keep(Buffer.concat(pieces));
      },
    };
  }

  #keep(bytes: Buffer): void {
    const image = imageOf(bytes);
    if (!image || this.#bytes + bytes.byteLength > MAX_IMAGE_BYTES) return;
    this.#bytes += bytes.byteLength;
    this.#images.push(image);
  }
}

function isWhole(answer: BrowserAnswer | undefined): boolean {
  return answer !== undefined && answer.error === undefined;
}
