import { TENANT, type Installation } from './installation.ts';
import type { Answer } from './load.ts';

// eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
type Body = any;

/** Calls the gateway through its Service, as an account of a namespace. */
export class GatewayClient {
  readonly #url: string;
  readonly #headers: Record<string, string>;

  static async of(installation: Installation, namespace = TENANT): Promise<GatewayClient> {
    return new GatewayClient(installation.url, await installation.token(namespace), namespace);
  }

  private constructor(url: string, token: string, namespace: string) {
    this.#url = url;
    this.#headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-cofferdam-namespace': namespace,
    };
  }

  async post(path: string, body: unknown): Promise<{ status: number; body: Body }> {
    const { status, text } = await this.send(path, body);
    return { status, body: parsed(text) };
  }

  async get(path: string): Promise<{ status: number; body: Body }> {
    const answer = await fetch(`${this.#url}${path}`, { headers: this.#headers });
    return { status: answer.status, body: parsed(await answer.text()) };
  }

  async bytes(path: string): Promise<Uint8Array> {
    const answer = await fetch(`${this.#url}${path}`, { headers: this.#headers });
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** One request on a connection of its own or a kept one, whichever fetch has. */
  async send(path: string, body: unknown): Promise<Answer> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    return { status: answer.status, text: await answer.text() };
  }
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
