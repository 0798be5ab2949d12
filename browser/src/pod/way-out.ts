import { randomBytes } from 'node:crypto';
import { CofferdamError, type Channel, type TunnelStart } from '@cofferdam/protocol';
import { TunnelStream } from './tunnel-stream.ts';

/** As many as a ticket may have under way: Chromium's own 32 for each of two contexts. */
const MAX_TUNNELS = 64;
const SECRET_BYTES = 24;

export interface WayOutOptions {
  /** Absent: this session reaches nothing. */
  ticket: string | undefined;
  egress: () => Channel;
  /** Told what egress refused. */
  onRefused: (where: string, error: CofferdamError) => void;
}

/** One session's connections to the world, which the local proxy knows by its credentials. */
export class WayOut {
  /** Of the local proxy; known to Chromium and to nobody else. */
  readonly username = randomBytes(SECRET_BYTES).toString('hex');
  readonly password = randomBytes(SECRET_BYTES).toString('hex');
  /** What must not be in anything that leaves the pod: also as Chromium says it. */
  readonly secrets: readonly string[] = [
    this.username,
    this.password,
    Buffer.from(`${this.username}:${this.password}`).toString('base64'),
  ];
  readonly #options: WayOutOptions;
  readonly #tunnels = new Set<TunnelStream>();
  readonly #over = new AbortController();

  constructor(options: WayOutOptions) {
    this.#options = options;
  }

  /** Throws what egress refuses it with; `EGRESS_DENIED` without a ticket. */
  async open(start: TunnelStart): Promise<TunnelStream> {
    try {
      return await this.#open(start);
    } catch (cause) {
      const error = CofferdamError.from(cause);
      this.#options.onRefused(`${start.host}:${start.port}`, error);
      throw error;
    }
  }

  /** Ends every connection, and lets none be made any more. */
  close(): void {
    this.#over.abort();
    for (const tunnel of this.#tunnels) tunnel.destroy();
  }

  async #open(start: TunnelStart): Promise<TunnelStream> {
    const { ticket, egress } = this.#options;
    if (ticket === undefined) {
      throw new CofferdamError('EGRESS_DENIED', `${start.host} is not in permissions.net`);
    }
    this.#makeRoom();
    const { signal } = this.#over;
    const tunnel = await TunnelStream.open(egress(), { ticket, start, signal });
    this.#tunnels.add(tunnel);
    tunnel.once('close', () => this.#tunnels.delete(tunnel));
    return tunnel;
  }

  /** Chromium keeps connections for minutes: where there are too many, the one silent for longest goes. */
  #makeRoom(): void {
    if (this.#tunnels.size < MAX_TUNNELS) return;
    let idlest: TunnelStream | undefined;
    for (const tunnel of this.#tunnels) {
      if (!idlest || tunnel.lastUsed < idlest.lastUsed) idlest = tunnel;
    }
    idlest?.destroy();
  }
}
