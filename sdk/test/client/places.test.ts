import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from './bundle.ts';
import { startInstance, type Instance } from './instance.ts';

const run = promisify(execFile);
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const DONE = { result: 42, lines: ['a', 'result'], refusal: 'RUN_NOT_FOUND' };

/** A web server with one page, which is told how the page's program went. */
async function servePage() {
  const { text: program } = await bundle('./browser-program.ts');
  const outcome = Promise.withResolvers<unknown>();
  const server = createServer((request, response) => {
    if (request.method === 'POST') text(request).then((said) => outcome.resolve(JSON.parse(said)));
    const page = `<!doctype html><script type="module">${program.replaceAll('</script', '<\\/script')}</script>`;
    response.setHeader('content-type', 'text/html').end(page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, origin: `http://127.0.0.1:${port}`, outcome: outcome.promise };
}

type Page = Awaited<ReturnType<typeof servePage>>;
let named: Page;
let other: Page;
let withToken: Instance;
let open: Instance;

beforeAll(async () => {
  [named, other] = await Promise.all([servePage(), servePage()]);
  const env = { ISOLATE_AUTH_TOKEN: 'secret', ISOLATE_CORS_ORIGINS: named.origin };
  [withToken, open] = await Promise.all([startInstance({}, env), startInstance()]);
});
afterAll(async () => {
  for (const { server } of [named, other]) server.close();
  await Promise.all([withToken[Symbol.asyncDispose](), open[Symbol.asyncDispose]()]);
});

/** The first example of docs/client.md, asked of this gateway. */
async function example(url: string): Promise<string> {
  const page = await readFile(new URL('../../../docs/client.md', import.meta.url), 'utf8');
  const [, code = ''] = /^```ts\n([\s\S]+?)^```$/m.exec(page) ?? [];
  return code.replaceAll('http://127.0.0.1:5900', url);
}

/** The binary of npm's `deno`, or of its platform package where its install script did not run. */
function denoBinary(): string {
  const manifest = fileURLToPath(import.meta.resolve('deno/package.json'));
  const linked = join(dirname(manifest), 'deno');
  if (existsSync(linked)) return linked;
  return (createRequire(manifest)('./install_api.cjs') as { runInstall(): string }).runInstall();
}

describe('the client elsewhere than in Node', () => {
  it('brings no module of Node’s, and little else', async () => {
    const { text: code, files } = await bundle('./browser-program.ts');
    const strange = files.filter(
      (file) => !/(^|\/)(sdk\/(src\/client|test)|eventsource-parser)\//.test(file),
    );
    expect(strange).toEqual([]);
    expect(code).not.toMatch(/\bnode:|\brequire\(|\bprocess\.|\bBuffer\b/);
    expect(code.length).toBeLessThan(40_000);
  });

  it('runs the example of its page', async () => {
    const args = ['--input-type=module-typescript', '-e', await example(open.url)];
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const { stdout } = await run(process.execPath, args, { cwd });
    expect(stdout).toMatch(/^3 [\d.]+ ms\nlog on my way\nthere\n$/);
  });

  it('works in Deno, with a right to the gateway alone, and passes its type check', async () => {
    const program = fileURLToPath(new URL('deno-program.ts', import.meta.url));
    const args = [
      'run',
      '--check',
      '--no-config',
      '--no-remote',
      '--no-lock',
      '--node-modules-dir=manual',
    ];
    const { stdout } = await run(
      denoBinary(),
      [...args, `--allow-net=${new URL(open.url).host}`, '--no-prompt', program, open.url],
      { cwd: dirname(program) },
    );
    expect(JSON.parse(stdout)).toEqual(DONE);
  });
});

describe.runIf(CHROMIUM)('the client in a browser', () => {
  async function visit(page: Page): Promise<unknown> {
    const profile = await mkdtemp(join(tmpdir(), 'client-browser-'));
    const address = `${page.origin}/?gateway=${withToken.url}&token=secret`;
    const args = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`];
    const browser = spawn(CHROMIUM!, [...args, '--remote-debugging-port=0', address], {
      stdio: 'ignore',
    });
    const exited = once(browser, 'exit');
    try {
      return await page.outcome;
    } finally {
      browser.kill();
      await exited;
      await rm(profile, { recursive: true, maxRetries: 5 });
    }
  }

  it('works on a page whose origin is named', async () => {
    const { refusal: code, ...rest } = DONE;
    expect(await visit(named)).toEqual({ ...rest, code, isNamed: true });
  });

  it('is let down by the browser on any other page', async () => {
    expect(await visit(other)).toEqual({ code: 'CONNECTION_LOST' });
  });
});
