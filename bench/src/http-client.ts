import { Agent, request } from 'node:http';
import type { Contender } from './contender.ts';
import { checkResult } from './workload.ts';

type Headers = Readonly<Record<string, string>>;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Posts JSON on a kept connection and answers the body. */
export function post(
  url: string,
  body: string,
  more: Headers = {},
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...more,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const call = request(url, { method: 'POST', agent, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as unknown });
      });
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** Posts and checks `result` of the answer. */
export async function postAndCheck(url: string, body: string, headers?: Headers): Promise<void> {
  const answer = await post(url, body, headers);
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  checkResult((answer.body as { result: unknown }).result);
}

type HttpContender = Pick<Contender, 'name' | 'about' | 'stop'> & {
  url: string;
  body: unknown;
  /** Sent with each request, such as a token. */
  headers?: Headers;
};

/** A contender that answers a JSON body at an address, alone and under load. */
export function httpContender({ url, body, headers = {}, ...named }: HttpContender): Contender {
  const text = JSON.stringify(body);
  return {
    ...named,
    samples: 800,
    load: { url, body: text, headers },
    once: () => postAndCheck(url, text, headers),
  };
}
