import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { request, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { text } from 'node:stream/consumers';
import {
  readGatewayConfig,
  startGateway,
  type Gateway,
  type GatewayConfig,
  type GatewayOptions,
  type ScriptDirectory,
} from '../src/index.ts';
import { joinAs, testPool, tempDir, type Peer, type PeerScript } from './peer.ts';

export interface HttpRig extends AsyncDisposable {
  gateway: Gateway;
  url: string;
  dir: string;
  /** Where runners dial. */
  socketPath: string;
  logged: { level: string; message: string; details?: Record<string, unknown> }[];
  join(script?: PeerScript): Promise<Peer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape
  body: any;
}

/** A gateway with its core and HTTP on a free port; runners join as the test wants. */
export async function httpRig(
  config: Partial<GatewayConfig> = {},
  egress?: GatewayOptions['egress'],
  environment: NodeJS.ProcessEnv = {},
  over: Partial<GatewayOptions> = {},
): Promise<HttpRig> {
  const dir = await tempDir();
  const socketPath = join(dir, 'gateway.sock');
  const logged: HttpRig['logged'] = [];
  const gateway = await startGateway({
    config: readGatewayConfig(environment, { port: 0, rateLimit: 0, drainMs: 50, ...config }),
    dataDir: dir,
    runnerAddresses: [socketPath],
    pools: [testPool()],
    egress,
    ...over,
    log: (level, message, details) =>
      void logged.push({ level, message, ...(details ? { details } : {}) }),
  });
  const { url } = gateway;
  return {
    gateway,
    url,
    socketPath,
    dir,
    logged,
    join: (script) => joinAs(gateway.core.registry, socketPath, script),
    get: (path, headers = {}) => send(url + path, { headers }),
    post: (path, body, headers = {}) => {
      const type = { 'content-type': 'application/json' };
      const payload =
        typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      return send(url + path, { method: 'POST', headers: { ...type, ...headers } }, payload);
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await rm(dir, { recursive: true });
    },
  };
}

/** One request, and all of its answer. */
export function send(
  url: string,
  options: RequestOptions,
  body?: string | Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent: false, ...options }, (answer) => {
      text(answer).then((all) => {
        const isJson = answer.headers['content-type']?.includes('json') ?? false;
        const parsed: unknown = isJson && all !== '' ? JSON.parse(all) : undefined;
        const { statusCode: status = 0, headers } = answer;
        resolve({ status, headers, text: all, body: parsed });
      }, reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** The core's own catalogue as a directory: each script's status is that it was read. */
export function catalogueDirectory({ core }: Gateway): ScriptDirectory {
  const viewOf = (script: { namespace: string; name: string; generation: number }) => {
    const { namespace, name, generation } = script;
    const status = { observedGeneration: generation, conditions: [], recentRuns: [] };
    return { namespace, name, generation, status, running: 0 };
  };
  return {
    list: () => core.catalogue.list().map(viewOf),
    get(namespace, name) {
      const script = core.catalogue.get(namespace, name);
      return script && viewOf(script);
    },
    async runNow(namespace, name, ask) {
      const script = core.catalogue.get(namespace, name)!;
      return core.runs.execute(await core.catalogue.intent(script, ask));
    },
  };
}
