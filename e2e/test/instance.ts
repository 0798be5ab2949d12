import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CofferdamProcess, descendants, isRunning } from '../../cli/test/cofferdam-process.ts';
import { send, type Answer } from '../../gateway/test/http-rig.ts';

export interface InstanceOptions {
  /** File names and YAML, there before it starts. */
  scripts?: Record<string, string>;
  args?: string[];
  env?: NodeJS.ProcessEnv;
}

/** One real `cofferdam up` on a free port, with folders of its own. */
export class Instance implements AsyncDisposable {
  readonly process: CofferdamProcess;
  readonly url: string;
  readonly #home: string;

  private constructor(process: CofferdamProcess, url: string, home: string) {
    this.process = process;
    this.url = url;
    this.#home = home;
  }

  static async start({ scripts = {}, args = [], env = {} }: InstanceOptions = {}) {
    const home = await mkdtemp(join(tmpdir(), 'e2e-'));
    const folder = join(home, 'scripts');
    await mkdir(folder);
    const files = Object.entries(scripts);
    await Promise.all(files.map(([name, text]) => writeFile(join(folder, name), text)));
    const own = ['up', folder, '--plain', '--port', '0', '--data-dir', join(home, 'data')];
    const process = new CofferdamProcess([...own, ...args], {
      TMPDIR: home,
      ISOLATE_RATE_LIMIT: '0',
      ...env,
    });
    const line = await process.line(/^API /);
    return new Instance(process, /http:\S+/.exec(line)![0], home);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return send(this.url + path, { headers });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const raw = typeof body === 'string' || Buffer.isBuffer(body);
    const type = { 'content-type': 'application/json' };
    const options = { method: 'POST', headers: { ...type, ...headers } };
    return send(this.url + path, options, raw ? body : JSON.stringify(body));
  }

  /** Sends a request whose client goes away when the answer of this is called. */
  begin(path: string, body: unknown, headers: Record<string, string> = {}): () => Promise<void> {
    const type = { 'content-type': 'application/json' };
    const options = { method: 'POST', headers: { ...type, ...headers }, agent: false };
    const call = request(this.url + path, options);
    const failed = once(call, 'error');
    call.end(JSON.stringify(body));
    return async () => {
      call.destroy(new Error('gone'));
      await failed;
    };
  }

  /** Writes a file of the folder, as whoever edits it does. */
  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.#home, 'scripts', name), text);
  }

  /** Everything that it has written to a disk so far, its scripts among it. */
  async written(): Promise<Buffer[]> {
    return [...(await this.files()).values()];
  }

  /** The same, by the path below the instance's own folder. */
  async files(): Promise<Map<string, Buffer>> {
    const entries = await readdir(this.#home, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    const read = paths.map(async (path): Promise<[string, Buffer][]> => {
      // One that is gone by now is none.
      const bytes = await readFile(path).catch(() => undefined);
      return bytes ? [[relative(this.#home, path), bytes]] : [];
    });
    return new Map((await Promise.all(read)).flat());
  }

  /** Runs a script of the folder now. */
  runNow(namespace: string, name: string, body: unknown = {}): Promise<Answer> {
    return this.post(`/v1/namespaces/${namespace}/scripts/${name}/runs`, body);
  }

  /** The processes of a room (`runner`, `egress`), by id. */
  async processesOf(room: string): Promise<number[]> {
    const pids = await descendants(this.process.pid);
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    return pids.filter((_, index) => lines[index]!.includes(`/${room}/src/main.ts`)).sort();
  }

  /** Ends it in order; fails when it does not end well or leaves a process or a socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    const started = await descendants(this.process.pid);
    this.process.kill('SIGTERM');
    assert.equal(await this.process.exited, 0, this.process.text);
    const left = await Promise.all(started.map(isRunning));
    assert.deepEqual(
      started.filter((_, index) => left[index]),
      [],
    );
    const sockets = (await readdir(this.#home)).filter((name) => name.startsWith('cofferdam-'));
    assert.deepEqual(sockets, []);
    await rm(this.#home, { recursive: true });
  }
}

export interface ScriptFile {
  namespace?: string;
  /** Fields of `spec`, beside the source. */
  spec?: Record<string, unknown>;
}

/** A SandboxScript file; JSON is YAML too. */
export function scriptFile(name: string, code: string, { namespace, spec }: ScriptFile = {}) {
  return JSON.stringify({
    apiVersion: 'cofferdam.dev/v1alpha1',
    kind: 'SandboxScript',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { ...spec, source: { inline: code } },
  });
}
