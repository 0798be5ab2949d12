import { CofferdamError } from '@cofferdam/protocol';

export interface ClientOptions {
  /** Where the gateway is; by default what ISOLATE_HOST and ISOLATE_PORT say. */
  url?: string | undefined;
  env?: NodeJS.ProcessEnv;
}

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** A run may take 5 minutes, and wait before that. */
const TIMEOUT_MS = 330_000;

/** A running instance, asked over HTTP. Throws `UNAVAILABLE` when nobody answers there. */
export class Client {
  readonly url: string;
  readonly #token: string | undefined;

  constructor({ url, env = process.env }: ClientOptions = {}) {
    const { ISOLATE_HOST, ISOLATE_PORT, ISOLATE_AUTH_TOKEN } = env;
    const host = ISOLATE_HOST?.includes(':') ? `[${ISOLATE_HOST}]` : ISOLATE_HOST;
    this.url = (url ?? `http://${host || '127.0.0.1'}:${ISOLATE_PORT || 5900}`).replace(/\/+$/, '');
    this.#token = ISOLATE_AUTH_TOKEN || undefined;
  }

  get(path: string): Promise<Answer> {
    return this.#send(path, { method: 'GET' });
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.#send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async #send(
    path: string,
    init: RequestInit & { headers?: Record<string, string> },
  ): Promise<Answer> {
    const authorization = this.#token ? { authorization: `Bearer ${this.#token}` } : {};
    let response: Response;
    try {
      response = await fetch(`${this.url}${path}`, {
        ...init,
        headers: { ...init.headers, ...authorization },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (cause) {
      const message = `no cofferdam answers at ${this.url}; start one with \`cofferdam up\``;
      throw new CofferdamError('UNAVAILABLE', message, { cause });
    }
    const body = (await response.json().catch(() => undefined)) as unknown;
    if (typeof body !== 'object' || body === null) {
      throw new CofferdamError('UNAVAILABLE', `what answers at ${this.url} is no cofferdam`);
    }
    return { status: response.status, body: body as Record<string, unknown> };
  }
}

/** Throws what an answer says went wrong, when it is not about a script. */
export function expectOk({ status, body }: Answer): Record<string, unknown> {
  if (status < 400) return body;
  const { message, code } = Object(body.error) as Record<string, unknown>;
  const text = typeof message === 'string' ? message : `the gateway answered ${status}`;
  throw CofferdamError.fromWire({ code, message: text });
}
