// The reference inside a runner's pod: a new isolate for each request behind node:http, and nothing else around it.
// `/nothing` answers without an isolate, which is what the way there and back costs.
const { createServer } = require('node:http');
const { createRequire } = require('node:module');
const ivm = createRequire('/app/runner/src/main.js')('isolated-vm');

async function run({ code, input }) {
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  try {
    const context = await isolate.createContext();
    return await context.evalClosure(`return (async (input) => { ${code} })($0)`, [input], {
      arguments: { copy: true },
      result: { promise: true, copy: true },
      timeout: 5000,
    });
  } finally {
    isolate.dispose();
  }
}

/** What the workload answers, for who asks for no isolate. */
const MEAN = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', async () => {
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    const result = request.url === '/nothing' ? MEAN(body.input.prices) : await run(body);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ result }));
  });
}).listen(8080, '0.0.0.0');
