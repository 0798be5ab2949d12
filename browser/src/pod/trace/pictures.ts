/** One picture of a page, a file of its own on the disk. */
export interface Picture {
  /** Its name in the folder. */
  file: string;
  page: string;
  /** Milliseconds since the epoch. */
  time: number;
  bytes: number;
}

/** 40 KB is what a plain page takes, 240 KB is noise: of that a page makes up to 12 MB in a second. */
export const MAX_PICTURE_BYTES = 5.5 * 1024 * 1024;
const MAX_PICTURES = 1_000;
const KEPT_MS = 60_000;
/** What led to a failure is seen closely, what was long before from afar: of each such span the last picture is kept. */
const CLOSE = { forMs: 10_000, spacingMs: 200 };
const FAR_SPACING_MS = 1_000;

/** Which pictures of a session are kept: the last ones, within a time and a number of bytes. */
export class Pictures {
  /** Whether the first ones are gone. */
  isCut = false;
  #kept: Picture[] = [];
  readonly #known = new Set<string>();

  /** In the order of their times. */
  get kept(): readonly Picture[] {
    return this.#kept;
  }

  has(file: string): boolean {
    return this.#known.has(file);
  }

  add(picture: Picture): void {
    this.#known.add(picture.file);
    this.#kept.push(picture);
  }

  /** What is kept no more. The last picture of a page is what it still looks like, and is kept the longest. */
  trim(now: number): Picture[] {
    this.#kept.sort((a, b) => b.time - a.time);
    const next = new Map<string, number>();
    const gone: Picture[] = [];
    this.#kept = this.#kept.filter((picture) => {
      const { page, time } = picture;
      if (this.#isKept(now - time, time, next.get(page))) next.set(page, time);
      else gone.push(picture);
      return next.get(page) === time;
    });
    this.#kept.reverse();
    return [...gone, ...this.#shorten()].map((each) => {
      this.#known.delete(each.file);
      return each;
    });
  }

  #isKept(age: number, time: number, next: number | undefined): boolean {
    if (next === undefined) return true;
    if (age > KEPT_MS) return this.#cut();
    const spacing = age <= CLOSE.forMs ? CLOSE.spacingMs : FAR_SPACING_MS;
    return Math.floor(time / spacing) !== Math.floor(next / spacing);
  }

  #shorten(): Picture[] {
    let bytes = this.#kept.reduce((sum, each) => sum + each.bytes, 0);
    let count = 0;
    while (bytes > MAX_PICTURE_BYTES || this.#kept.length - count > MAX_PICTURES) {
      bytes -= this.#kept[count]?.bytes ?? 0;
      count++;
      this.#cut();
    }
    return this.#kept.splice(0, count);
  }

  #cut(): false {
    this.isCut = true;
    return false;
  }
}
