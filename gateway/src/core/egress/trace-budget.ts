import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { CofferdamError, loopValues, type Lineage } from '@cofferdam/protocol';

/** A script that asks others, which ask others: more levels than any that is meant to end has. */
const MAX_DEPTH = 8;
/** Ten a minute, all through: far above what a page or a job asks of its own gateway, far below a flood. */
const MAX_RUNS = 100;
const WINDOW_MS = 600_000;
/** Each is some hundred bytes. */
const MAX_ROOTS = 10_000;

const ROOT_BYTES = 12;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const VALUE_BYTES = NONCE_BYTES + ROOT_BYTES + 1 + TAG_BYTES;
const CIPHER = 'aes-256-gcm';

export interface TraceBudgetOptions {
  /** What gateways that serve the same callers share. Default: a key of this process. */
  secret?: string | undefined;
  /** Milliseconds, which never go back. */
  now: () => number;
  /** Roots that are counted at once; beyond it the oldest starts again. Default 10,000. */
  maxRoots?: number;
}

interface Counted {
  runs: number;
  until: number;
}

/** Ends what calls itself through the gateway: counts, below each first run, how deep and how often. */
export class TraceBudget {
  readonly #key: Buffer;
  readonly #now: () => number;
  readonly #maxRoots: number;
  readonly #roots = new Map<string, Counted>();

  constructor({ secret, now, maxRoots = MAX_ROOTS }: TraceBudgetOptions) {
    this.#maxRoots = maxRoots;
    this.#now = now;
    this.#key =
      secret === undefined
        ? randomBytes(KEY_BYTES)
        : Buffer.from(hkdfSync('sha256', secret, '', 'cofferdam trace budget', KEY_BYTES));
  }

  /** What the requests of a run carry: random to everybody else, and nobody can make another. */
  seal({ root, depth }: Lineage): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    const text = Buffer.concat([Buffer.from(root, 'hex'), Buffer.of(depth)]);
    const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    return sealed.toString('base64url');
  }

  /**
   * Of a request's `CDN-Loop`: where what it starts stands, or `undefined` where no run asks. Throws
   * `LOOP_DETECTED` for what is too deep, or one too many.
   */
  admit(header: string | undefined): Lineage | undefined {
    const askers =
      header === undefined ? [] : loopValues(header).flatMap((v) => this.#open(v) ?? []);
    const last = askers.at(0);
    if (!last) return undefined;
    const depth = Math.max(...askers.map((asker) => asker.depth)) + 1;
    if (depth > MAX_DEPTH) throw loop(`more than ${MAX_DEPTH} runs below one another`);
    // Every one of them counts: a value that somebody has picked up opens no other's budget.
    for (const root of new Set(askers.map((asker) => asker.root))) this.#count(root);
    return { root: last.root, depth };
  }

  #count(root: string): void {
    const now = this.#now();
    const known = this.#roots.get(root);
    if (known && known.until > now) {
      if (known.runs >= MAX_RUNS) {
        throw loop(`more than ${MAX_RUNS} runs below one within ${WINDOW_MS / 60_000} minutes`);
      }
      known.runs++;
      return;
    }
    this.#roots.delete(root);
    this.#roots.set(root, { runs: 1, until: now + WINDOW_MS });
    const [oldest] = this.#roots.keys();
    if (this.#roots.size > this.#maxRoots) this.#roots.delete(oldest!);
  }

  /** Nothing for what no gateway of these has sealed; OpenSSL compares tags in constant time. */
  #open(value: string): Lineage | undefined {
    const sealed = Buffer.from(value, 'base64url');
    if (sealed.byteLength !== VALUE_BYTES) return undefined;
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return { root: text.toString('hex', 0, ROOT_BYTES), depth: text[ROOT_BYTES]! };
  }
}

/** Of a run that no run asked for. */
export function newRoot(): Lineage {
  return { root: randomBytes(ROOT_BYTES).toString('hex'), depth: 0 };
}

function loop(what: string): CofferdamError {
  return new CofferdamError(
    'LOOP_DETECTED',
    `scripts call themselves through the gateway: ${what}`,
  );
}
