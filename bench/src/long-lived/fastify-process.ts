import { fastify } from 'fastify';
import { answerOf } from './workload.ts';

/** The reference of requests: the same handler in a process of its own, without a sandbox. */
const app = fastify();
app.get('/*', async ({ url }) => answerOf(`http://bench.example${url}`));
const address = await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${address}\n`);
