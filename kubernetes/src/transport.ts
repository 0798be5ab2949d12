import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Endpoint, Purpose } from './endpoint.ts';
import { errorOfStatus, KubernetesError } from './kubernetes-error.ts';

export interface HttpCall {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query. */
  path: string;
  accept?: string | undefined;
  body?: unknown;
  contentType?: string | undefined;
}

export interface TransportOptions {
  /** Names us in the API server's audit log, such as `cofferdam-operator/0.1.0`. */
  userAgent: string;
  /** The largest answer that is taken. Default 64 MiB. */
  maxAnswerBytes?: number | undefined;
}

/** 250 objects of 256 KiB. A list that is larger is asked for in smaller pages. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** An error needs no more, and a proxy's error page may be long. */
const MAX_ERROR_BYTES = 256 * 1024;

/** One HTTP exchange with the API server after the other; it knows nothing of resources. */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #options: TransportOptions;

  constructor(endpoint: Endpoint, options: TransportOptions) {
    this.#endpoint = endpoint;
    this.#options = options;
  }

  /** The parsed answer. Rejects with a {@link KubernetesError}, or with the reason of the signal. */
  async json(call: HttpCall, signal: AbortSignal): Promise<unknown> {
    const response = await this.stream(call, signal, 'call');
    try {
      return parseJson(await textOf(response, this.#options.maxAnswerBytes ?? MAX_ANSWER_BYTES));
    } catch (error) {
      throw failureOf(error, signal);
    }
  }

  /** The answer as it arrives, of a status that means success. Whoever takes it reads or destroys it. */
  async stream(call: HttpCall, signal: AbortSignal, purpose: Purpose): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const { headers, agent } = await this.#endpoint.open(purpose);
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const request = httpsRequest(new URL(call.path, this.#endpoint.server), {
      method: call.method,
      agent,
      signal,
      headers: {
        ...headers,
        accept: call.accept ?? 'application/json',
        'user-agent': this.#options.userAgent,
        ...(body !== undefined && {
          'content-type': call.contentType ?? 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
      },
    });
    // An abort after the answer's head is an error of the request too, and nobody waits for that one.
    request.on('error', () => {});
    request.end(body);
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      return await this.#checked(response);
    } catch (error) {
      throw failureOf(error, signal);
    }
  }

  close(): void {
    this.#endpoint.close();
  }

  async #checked(response: IncomingMessage): Promise<IncomingMessage> {
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    if (status === 401) this.#endpoint.refused();
    const text = await textOf(response, MAX_ERROR_BYTES);
    throw errorOfStatus(statusObject(text), {
      status,
      retryAfter: response.headers['retry-after'],
    });
  }
}

async function textOf(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      const message = `the API server's answer is larger than ${maxBytes} bytes`;
      throw new KubernetesError({ status: 200, reason: 'TooLarge', message });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = 'the API server answered something that is not JSON';
    throw new KubernetesError({ status: 0, reason: 'Unreachable', message, cause });
  }
}

function statusObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 512) };
  }
}

/** Whoever aborted says why; every other failure of the connection is one of ours. */
export function failureOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof KubernetesError) return error;
  const message = `the API server cannot be reached: ${(error as Error).message}`;
  return new KubernetesError({ status: 0, reason: 'Unreachable', message, cause: error });
}
