import { fastify } from 'fastify';
import ivm from 'isolated-vm';

/** The reference: what a competent afternoon with fastify and isolated-vm gives. */
interface ExecuteBody {
  code: string;
  input: unknown;
  timeout?: number;
}

const app = fastify();

app.post<{ Body: ExecuteBody }>('/execute', async ({ body }) => {
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  try {
    const context = await isolate.createContext();
    const result: unknown = await context.evalClosure(
      `return (async (input) => { ${body.code} })($0)`,
      [body.input],
      {
        arguments: { copy: true },
        result: { promise: true, copy: true },
        timeout: body.timeout ?? 5000,
      },
    );
    return { result };
  } finally {
    isolate.dispose();
  }
});

const address = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${address}\n`);
