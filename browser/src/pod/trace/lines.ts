interface Line {
  type: string;
  callId?: string;
  method?: string;
  pageId?: string;
  file?: string;
  timestamp?: number;
}

/** What the lines of other types are: they may be long, and nothing of them is needed. */
const LOOKED_AT = /^\{"type":"(?:before|after|screencast-frame|event)"/;
const SHORT = 4_096;
const HEAD = /^\{"type":"(before|after)","callId":"([\w@]+)"/;

/**
 * The lines of a trace without the pictures that are not there, and with each action's own: what its page looked
 * like before the next one began. Playwright would take one more photograph for that, which costs the page time.
 */
export function withPictures(text: string, isThere: (file: string) => boolean): string {
  const reader = new Reader(isThere);
  const lines = text.split('\n').flatMap((line) => reader.read(line));
  return [...lines, ...reader.rest(), ''].join('\n');
}

class Reader {
  readonly #isThere: (file: string) => boolean;
  /** Of several pages nobody knows whose an action was. */
  readonly #pages = new Set<string>();
  #latest: Line | undefined;
  /** Actions that are over, and have no picture yet. */
  #over: string[] = [];

  constructor(isThere: (file: string) => boolean) {
    this.#isThere = isThere;
  }

  read(line: string): string[] {
    if (line === '') return [];
    if (!LOOKED_AT.test(line)) return [line];
    const { type, ...rest } = lineOf(line);
    if (type === 'screencast-frame') return this.#picture(line, rest);
    if (type === 'event') this.#count(rest);
    if (type === 'after') this.#over.push(rest.callId ?? '');
    if (type !== 'before') return [line];
    return [...this.rest(), line, ...this.#shown(rest.callId ?? '', 'before')];
  }

  /** The pictures of actions that are over. */
  rest(): string[] {
    const over = this.#over;
    this.#over = [];
    return over.flatMap((callId) => this.#shown(callId, 'after'));
  }

  #picture(line: string, picture: Omit<Line, 'type'>): string[] {
    if (!this.#isThere(picture.file ?? '')) return [];
    this.#latest = { type: 'screenshot', ...picture };
    return [line];
  }

  #count({ method, pageId = '' }: Omit<Line, 'type'>): void {
    if (method === 'page') this.#pages.add(pageId);
    if (method === 'pageClosed') this.#pages.delete(pageId);
  }

  #shown(callId: string, phase: 'before' | 'after'): string[] {
    const { pageId = '', timestamp, file } = this.#latest ?? {};
    if (!file || this.#pages.size !== 1 || !this.#pages.has(pageId)) return [];
    return [JSON.stringify({ type: 'screenshot', callId, phase, pageId, timestamp, file })];
  }
}

/** Of a long one, which is an action's, its beginning says enough. */
function lineOf(line: string): Line {
  if (line.length > SHORT) {
    const [, type = '', callId = ''] = HEAD.exec(line) ?? [];
    return { type, callId };
  }
  try {
    const { params, ...rest } = JSON.parse(line) as Line & { params?: { pageId?: string } };
    return { pageId: params?.pageId ?? '', ...rest };
  } catch {
    return { type: '' };
  }
}
