import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGatewayConfig, startGateway } from '../../gateway/src/index.ts';
import type { OpenApiDocument } from './operations.ts';

/** The OpenAPI document, as a real gateway answers it. */
export async function readOpenApi(): Promise<OpenApiDocument> {
  const dir = await mkdtemp(join(tmpdir(), 'cofferdam-openapi-'));
  const gateway = await startGateway({
    config: readGatewayConfig({}, { port: 0, rateLimit: 0, drainMs: 0 }),
    dataDir: dir,
    runnerAddresses: [join(dir, 'gateway.sock')],
    log: () => undefined,
  });
  try {
    const answer = await fetch(`${gateway.url}/openapi.json`);
    if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`);
    return (await answer.json()) as OpenApiDocument;
  } finally {
    await gateway.close();
    await rm(dir, { recursive: true });
  }
}
