import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('audit.ts', import.meta.url));
const ADVISORY = {
  id: 1,
  url: 'https://example.com/advisory',
  title: 'Something bad',
  severity: 'high',
  vulnerable_versions: '*',
  cwe: [],
  cvss: { score: 0, vectorString: null },
};

/** Runs `npm run audit` against a registry that knows this; `undefined`: one that answers no such questions. */
async function audit(known?: Record<string, unknown[]>): Promise<{ code: number; said: string }> {
  const registry = createServer((request, response) => {
    request.resume();
    const isAsked = request.method === 'POST' && known !== undefined;
    response.writeHead(isAsked ? 200 : 405, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isAsked ? known : {}));
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const { port } = registry.address() as AddressInfo;
  const args = [SCRIPT, '--registry', `http://127.0.0.1:${port}/`];
  try {
    return await new Promise((resolve) => {
      execFile(process.execPath, args, (error, said) =>
        resolve({ code: Number(error?.code ?? 0), said }),
      );
    });
  } finally {
    registry.closeAllConnections();
    registry.close();
  }
}

it('is content where nothing is known of what ships', async () => {
  const { code, said } = await audit({});
  expect({ code, said }).toEqual({
    code: 0,
    said: expect.stringMatching(/^No known vulnerability in \d\d+ packages that ship\.$/m),
  });
});

it('fails for what ships, and says what it is', async () => {
  const { code, said } = await audit({ fastify: [ADVISORY] });
  expect({ code, said }).toEqual({
    code: 1,
    said: expect.stringContaining('high: fastify: Something bad'),
  });
});

it('looks at nothing that only tests and measures', async () => {
  const { code } = await audit({ vitest: [ADVISORY], autocannon: [ADVISORY], workerd: [ADVISORY] });
  expect(code).toBe(0);
});

it('fails where the registry does not say', async () => {
  const { code, said } = await audit();
  expect({ code, said }).toEqual({ code: 2, said: expect.stringContaining('does not say') });
});
